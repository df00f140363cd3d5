"""Pictures that are copies of others, and copies that lie in another split."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.unit.sandbox.conftest import TABLETOP, make

from assay.sandbox import SANDBOXES
from assay.sandbox.plan import plan_image
from assay.sandbox.render import render_scene


def small(picture):
    return cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA).astype(float)


def distance(one, other):
    return np.abs(small(one) - small(other)).mean()


def without_ids(labels):
    return [{key: value for key, value in label.items() if key not in ("id", "image_id")} for label in labels]


def test_exact_duplicates_are_the_same_file_with_the_same_labels(planted):
    pairs = planted.of_type("exact_duplicate_image")
    assert len(pairs) >= 2
    for error in pairs:
        copy, original = error["image_id"], error["related_id"]
        assert planted.picture(copy).read_bytes() == planted.picture(original).read_bytes()
        assert np.array_equal(cv2.imread(str(planted.picture(copy))), cv2.imread(str(planted.picture(original))))
        assert without_ids(planted.by_image[copy]) == without_ids(planted.by_image[original])


def test_scenes_of_their_own_are_never_the_same_file(planted):
    copies = {error["image_id"] for error in planted.errors if error["type"].endswith("duplicate_image")}
    files = [planted.picture(number).read_bytes() for number in planted.images if number not in copies]
    assert len(set(files)) == len(files) == 40 - len(copies)


def test_no_two_pictures_are_the_same_file_unless_listed(planted):
    """Two near copies of one original were the same file once."""
    originals = [error["related_id"] for error in planted.of_type("near_duplicate_image")]
    assert len(set(originals)) < len(originals)
    copies = {error["image_id"] for error in planted.of_type("exact_duplicate_image")}
    files = [planted.picture(number).read_bytes() for number in planted.images if number not in copies]
    assert len(set(files)) == len(files)


def test_near_duplicates_show_the_same_scene_but_not_the_same_pixels(planted):
    pairs = planted.of_type("near_duplicate_image")
    assert len(pairs) >= 3
    for error in pairs:
        copy, original = (cv2.imread(str(planted.picture(error[key]))) for key in ("image_id", "related_id"))
        lost = np.subtract(original.shape, copy.shape)
        assert (lost[:2] >= 2).all()
        assert (lost[:2] <= 16).all()
        assert distance(copy, original) < 14
        for key in ("camera", "location", "theme"):
            assert planted.images[error["image_id"]][key] == planted.images[error["related_id"]][key]


def test_a_scene_taken_again_is_nearer_to_itself_than_to_any_other():
    first = [render_scene(TABLETOP, index) for index in range(20)]
    again = [render_scene(TABLETOP, index, retake=1) for index in range(20)]
    distances = np.array([[distance(one.picture, other.picture) for other in again] for one in first])
    assert (distances.argmin(axis=1) == np.arange(20)).all()
    unrelated = distances[~np.eye(20, dtype=bool)]
    assert distances.diagonal().max() < np.percentile(unrelated, 1)
    for one, other in zip(first, again, strict=True):
        assert len(one.objects) - 2 <= len(other.objects) <= len(one.objects)
        assert {thing.name for thing in other.objects} <= {thing.name for thing in one.objects}


def test_leakage_is_a_copy_in_another_split_than_its_original(planted):
    copies = {
        (error["image_id"], error["related_id"])
        for kind in ("exact_duplicate_image", "near_duplicate_image")
        for error in planted.of_type(kind)
    }
    leaks = {(error["image_id"], error["related_id"]) for error in planted.of_type("split_leakage")}
    across = {(a, b) for a, b in copies if planted.images[a]["split"] != planted.images[b]["split"]}
    assert leaks == across
    assert 0 < len(leaks) < len(copies)


@pytest.mark.parametrize("name", ["quickstart", "tabletop", "tabletop-classification"])
def test_copies_are_as_frequent_as_documented(name):
    spec = SANDBOXES[name]
    plans = [plan_image(spec, index) for index in range(15_000)]
    copies = [plan for plan in plans if plan.original is not None]
    assert sum(plan.exact for plan in copies) / 15_000 == pytest.approx(0.01, abs=0.003)
    assert sum(not plan.exact for plan in copies) / 15_000 == pytest.approx(0.02, abs=0.004)
    leaks = sum(plan.split != plans[plan.original].split for plan in copies)
    assert leaks / len(copies) == pytest.approx(0.4, abs=0.08)
    for plan in copies:
        assert plan.index - 100 < plan.original < plan.index
        assert plans[plan.original].original is None
        assert plan.scene == plan.original


def test_without_copies_every_image_is_a_scene_of_its_own(tmp_path):
    made = make(replace(TABLETOP, images=10, seed=5, exact_copy_share=0.0, near_copy_share=0.0), tmp_path)
    assert len({made.picture(number).read_bytes() for number in made.images}) == 10
    assert {"exact_duplicate_image", "near_duplicate_image", "split_leakage"}.isdisjoint(
        error["type"] for error in made.errors
    )
