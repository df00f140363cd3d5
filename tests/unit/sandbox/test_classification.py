"""Pictures of one object with one label each, and what two classifiers say of them."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.sandbox.conftest import make
from tests.unit.sandbox.shapes import seen_box

from assay.sandbox import SANDBOXES
from assay.sandbox.catalog import CATEGORY_IDS, LOOKALIKE
from assay.sandbox.detectors import DETECTORS, classify
from assay.sandbox.labelling import label_single
from assay.sandbox.plan import plan_image
from assay.sandbox.single import render_single

SPEC = SANDBOXES["tabletop-classification"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(replace(SPEC, images=60), tmp_path_factory.mktemp("single"))


@pytest.fixture(scope="module")
def singles():
    return [render_single(SPEC, index) for index in range(150)]


def name_of(scene):
    (one,) = (thing for thing in scene.objects if thing.labelled)
    return one.name


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_picture_shows_one_object_large(singles):
    for scene in singles:
        (one,) = scene.objects
        _, _, width, height = seen_box(one.mask, one.x, one.y)
        share = max(width / scene.picture.shape[1], height / scene.picture.shape[0])
        assert 0.25 < share <= 1
    assert {name_of(scene) for scene in singles} == set(SPEC.classes)
    assert len(SPEC.classes) == 20


def test_every_image_has_one_label_of_the_chosen_classes(made):
    assert made.files.classes == len(made.content["categories"]) == 20
    assert {(c["id"], c["name"]) for c in made.content["categories"]} == {(CATEGORY_IDS[n], n) for n in SPEC.classes}
    assert made.files.annotations == made.files.images == 60
    for number in made.images:
        (label,) = made.by_image[number]
        assert set(label) == {"id", "image_id", "category_id"}
        assert label["category_id"] in made.names


def test_labels_that_differ_from_the_object_are_those_that_are_listed(made):
    differing = {}
    for number in made.images:
        plan = plan_image(made.spec, number - 1)
        (label,) = made.by_image[number]
        true = name_of(render_single(made.spec, plan.scene, retake=plan.retake))
        if made.names[label["category_id"]] != true:
            differing[number] = label["id"]
    listed = made.of_type("wrong_image_label")
    assert {error["image_id"]: error["annotation_id"] for error in listed} == differing
    assert len(listed) == len(differing) > 0
    assert {error["related_id"] for error in listed} == {None}


def test_eight_per_cent_of_the_labels_are_wrong_and_most_of_them_are_the_lookalike(singles):
    wrong = Counter()
    for number, scene in enumerate(singles):
        for turn in range(40):
            (label,) = label_single(SPEC, scene, np.random.default_rng((number, turn))).labels
            name = SPEC.classes[[CATEGORY_IDS[n] for n in SPEC.classes].index(label.record["category_id"])]
            assert bool(label.errors) == (name != name_of(scene))
            if label.errors:
                wrong[LOOKALIKE.get(name_of(scene)) == name] += 1
    assert wrong.total() / 6_000 == pytest.approx(0.08, abs=0.014)  # four standard deviations
    assert wrong[True] / wrong.total() == pytest.approx(0.6 + 0.4 / 19, abs=0.09)


@pytest.mark.parametrize("number", range(2), ids=[detector.name for detector in DETECTORS])
def test_predictions_are_a_line_an_image_with_probabilities_that_sum_to_1(made, number):
    path = made.files.predictions[number]
    assert path.name == f"{DETECTORS[number].name}.csv"
    rows = read_rows(path)
    assert list(rows[0]) == ["image_id", "file_name", "label", "confidence", *(f"p:{name}" for name in SPEC.classes)]
    assert [(int(row["image_id"]), row["file_name"]) for row in rows] == [
        (image["id"], image["file_name"]) for image in made.content["images"]
    ]
    for row in rows:
        shares = {name: float(row[f"p:{name}"]) for name in SPEC.classes}
        assert sum(shares.values()) == pytest.approx(1, abs=20 * 0.00005 + 1e-9)
        assert min(shares.values()) >= 0
        assert shares[row["label"]] == max(shares.values()) == float(row["confidence"])


def test_a_classifier_says_the_same_of_a_scene_each_time(singles):
    for detector in DETECTORS:
        first, again, other = (
            classify(detector, singles[0], np.random.default_rng(seed), SPEC.classes) for seed in (1, 1, 2)
        )
        assert first == again != other


def test_the_improved_classifier_is_right_more_often_and_too_sure_of_it(singles):
    right, sure = {}, {}
    for detector in DETECTORS:
        hits, confidences = [], []
        for number, scene in enumerate(singles):
            for turn in range(12):
                shares = classify(detector, scene, np.random.default_rng((number, turn)), SPEC.classes)
                best = max(shares, key=shares.get)
                hits.append(best == name_of(scene))
                confidences.append(shares[best])
        right[detector.name], sure[detector.name] = np.mean(hits), np.mean(confidences)
    assert right["improved"] > right["baseline"] + 0.02
    assert 0.7 < right["baseline"] < 0.9
    assert abs(sure["baseline"] - right["baseline"]) < 0.035
    assert sure["improved"] > right["improved"] + 0.06
