"""Two simulated detectors: what they miss, what they confuse, and how far their scores can be trusted."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tests.unit.sandbox.conftest import NO_ERRORS, make
from tests.unit.sandbox.shapes import box_overlap, full_mask, seen_box

from assay.sandbox.catalog import CATEGORY_IDS, CLASSES, LOOKALIKE
from assay.sandbox.detectors import DETECTORS, detect, ease_of, observe
from assay.sandbox.truth import Conditions, Scene, VisibleObject

BASELINE, IMPROVED = DETECTORS
NAMES = [kind.name for kind in CLASSES]


def generator(number, turn=0):
    return np.random.default_rng((number, turn))


def objects_of(scene):
    """The objects that a detector can find."""
    return [one for one in scene.objects if one.labelled and np.count_nonzero(one.mask) >= 12]


# ------------------------------------------------------------ results


def quietly(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()):
        return function(*arguments)


@pytest.mark.parametrize("number", range(2), ids=[detector.name for detector in DETECTORS])
def test_results_are_what_coco_takes(planted, number):
    path = planted.files.predictions[number]
    assert path == planted.files.images_dir.parent / "predictions" / f"{DETECTORS[number].name}.json"
    truth = quietly(COCO, str(planted.files.annotations_file))
    loaded = quietly(truth.loadRes, str(path))
    results = json.loads(path.read_bytes())
    assert len(loaded.anns) == len(results) > 100
    for result in results:
        assert set(result) == {"image_id", "category_id", "bbox", "score", "probabilities", "segmentation"}
        height, width = planted.size(result["image_id"])
        assert result["category_id"] in planted.names
        assert 0 < result["score"] <= 1
        x, y, w, h = result["bbox"]
        assert min(x, y) >= 0
        assert min(w, h) > 0
        assert x + w <= width + 0.1  # rounded to one decimal place
        assert y + h <= height + 0.1
        assert result["segmentation"]["size"] == [height, width]


def test_a_mask_fills_the_box_of_its_result(planted):
    for path in planted.files.predictions:
        for result in json.loads(path.read_bytes()):
            x, y, w, h = result["bbox"]
            left, top, columns, rows = coco_mask.toBbox(result["segmentation"])
            # the box is rounded to one decimal place, the mask to whole pixels
            assert left >= np.floor(x - 0.05)
            assert top >= np.floor(y - 0.05)
            assert left + columns <= np.ceil(x + w + 0.1)
            assert top + rows <= np.ceil(y + h + 0.1)


@pytest.mark.parametrize("number", range(2), ids=[detector.name for detector in DETECTORS])
def test_probabilities_are_of_all_classes_and_sum_to_1(planted, number):
    for result in json.loads(planted.files.predictions[number].read_bytes()):
        shares = np.array(result["probabilities"], float)
        assert shares.shape == (len(CLASSES),)
        assert shares.min() >= 0
        assert shares.sum() == pytest.approx(1, abs=0.0015)  # of shares with four decimal places
        assert shares.argmax() == result["category_id"] - 1


def test_a_detector_finds_the_same_in_a_scene_each_time(scenes):
    for detector in DETECTORS:
        first, again, other = (detect(detector, scenes[0], np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert first == again
        assert first != other


def test_results_depend_on_the_scene_and_not_on_its_labels(planted, tmp_path):
    copies = {key: getattr(planted.spec, key) for key in ("exact_copy_share", "near_copy_share")}
    clean = make(replace(planted.spec, images=10, **(NO_ERRORS | copies)), tmp_path)
    for one, other in zip(clean.files.predictions, planted.files.predictions, strict=True):
        expected = [result for result in json.loads(other.read_bytes()) if result["image_id"] <= 10]
        assert json.loads(one.read_bytes()) == expected


# ------------------------------------------------------------ what is missed


def never_wrong(detector):
    """The detector without anything but what it finds."""
    return replace(detector, false_positives=0.0, duplicates=0.0, clutter=0.0)


def staged(brightness=117, blur=0.0, side=40, visible=1.0):
    """A picture of grey noise with one square object."""
    noise = np.random.default_rng(5).normal(0, 6, (240, 320, 3))
    picture = np.clip(brightness + noise, 0, 255).astype(np.uint8)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    mask = np.ones((side, side), np.uint8)
    one = VisibleObject("cup", True, mask, 100, 80, visible)
    return Scene(picture, [one], Conditions(1.0, blur, 6.0), {}, 90)


def misses(detector, scene, tries=600):
    view, quiet = observe(scene), never_wrong(detector)
    return sum(not detect(quiet, scene, generator(number), view) for number in range(tries)) / tries


STAGES = {
    "darkness": [staged(brightness=value) for value in (130, 100, 75, 50)],
    "blur": [staged(blur=value) for value in (0.0, 0.6, 1.0, 2.0)],
    "small size": [staged(side=value) for value in (80, 40, 20, 10)],
    "occlusion": [staged(visible=value) for value in (1.0, 0.7, 0.4, 0.15)],
}


@pytest.mark.parametrize("cause", STAGES)
@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_misses_rise_with_each_cause_alone(detector, cause):
    rates = [misses(detector, scene) for scene in STAGES[cause]]
    assert rates == sorted(rates), rates
    assert rates[-1] > rates[0] + (0.12 if detector is BASELINE else 0.04)


@pytest.mark.parametrize("cause", STAGES)
def test_the_baseline_suffers_more_than_the_improved(cause):
    rise = {
        detector.name: misses(detector, STAGES[cause][-1]) - misses(detector, STAGES[cause][0])
        for detector in DETECTORS
    }
    assert rise["baseline"] > rise["improved"]


def test_an_object_is_found_with_the_probability_of_its_ease():
    for detector in DETECTORS:
        for scene in (STAGES["darkness"][0], STAGES["darkness"][3], STAGES["small size"][3]):
            ease = ease_of(detector, scene, scene.objects[0])
            expected = 1 / (1 + np.exp(-ease))
            assert 1 - misses(detector, scene, 1_500) == pytest.approx(expected, abs=0.055)


def worsened(scenes, change):
    """Rates of missed objects of the same scenes as their pictures get worse."""
    rates = []
    for worse in change:
        missed = total = 0
        for number, scene in enumerate(scenes):
            objects = objects_of(scene)
            seen = replace(scene, picture=worse(scene.picture), objects=objects)
            found = detect(never_wrong(BASELINE), seen, generator(number))
            missed += len(objects) - len(found)
            total += len(objects)
        assert total > 800
        rates.append(missed / total)
    return rates


def test_the_baseline_misses_more_of_rendered_scenes_when_they_are_darkened_or_blurred(scenes):
    darker = [lambda picture, f=f: cv2.convertScaleAbs(picture, alpha=f) for f in (1.0, 0.75, 0.5, 0.25)]
    blurred = [
        lambda picture, s=s: cv2.GaussianBlur(picture, (0, 0), s) if s else picture for s in (0.0, 0.7, 1.2, 2.5)
    ]
    for change in (darker, blurred):
        rates = worsened(scenes[:90], change)
        assert all(after > before + 0.02 for before, after in pairwise(rates)), rates


def test_the_baseline_misses_more_of_the_dark_and_of_the_small_among_rendered_scenes(scenes):
    light, area, missed = [], [], []
    for number, scene in enumerate(scenes):
        view = observe(scene)
        for place, one in enumerate(objects_of(scene)):
            alone = replace(scene, objects=[one])
            found = [detect(never_wrong(BASELINE), alone, generator(number, 10 * place + t), view) for t in range(3)]
            light.append(scene.picture.mean())
            area.append(np.count_nonzero(one.mask) / scene.picture[..., 0].size)
            missed.append(np.mean([not results for results in found]))
    for measure in (light, area):
        bins = np.digitize(measure, np.quantile(measure, [0.25, 0.5, 0.75]))
        rates = [np.mean(np.array(missed)[bins == number]) for number in range(4)]
        assert min(np.bincount(bins)) > 200
        assert rates == sorted(rates, reverse=True), rates
        assert rates[0] > rates[3] + 0.2


# ------------------------------------------------------------ how good they are


@dataclass
class Judged:
    """A detector's results on the scenes, and how they compare with the truth."""

    results: list = field(default_factory=list)
    scores: list = field(default_factory=list)
    right: list = field(default_factory=list)
    confused: Counter = field(default_factory=Counter)


def ground_truth(scenes):
    images, annotations = [], []
    for number, scene in enumerate(scenes, start=1):
        height, width = scene.picture.shape[:2]
        images.append({"id": number, "height": height, "width": width})
        for one in objects_of(scene):
            encoded = coco_mask.encode(np.asfortranarray(full_mask(one.mask, one.x, one.y, (height, width))))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": CATEGORY_IDS[one.name],
                    "bbox": seen_box(one.mask, one.x, one.y),
                    "area": int(np.count_nonzero(one.mask)),
                    "iscrowd": 0,
                    "segmentation": encoded,
                }
            )
    coco = COCO()
    coco.dataset = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": CATEGORY_IDS[name], "name": name} for name in NAMES],
    }
    quietly(coco.createIndex)
    return coco


def judge(detector, scenes):
    """Match results to objects of their class from the highest score on, as an evaluation at IoU 0.5 does."""
    judged = Judged()
    for number, scene in enumerate(scenes):
        objects = [(one.name, seen_box(one.mask, one.x, one.y)) for one in objects_of(scene)]
        results = detect(detector, scene, generator(number, 77))
        judged.results += [{"image_id": number + 1, **result} for result in results]
        taken = set()
        for result in sorted(results, key=lambda result: -result["score"]):
            name = NAMES[result["category_id"] - 1]
            overlaps = [box_overlap(result["bbox"], box) for _, box in objects]
            own = [
                (overlap, place)
                for place, overlap in enumerate(overlaps)
                if overlap >= 0.5 and objects[place][0] == name and place not in taken
            ]
            judged.scores.append(result["score"])
            judged.right.append(bool(own))
            if own:
                taken.add(max(own)[1])
            elif overlaps and max(overlaps) >= 0.5 and result["score"] > 0.2:
                true = objects[int(np.argmax(overlaps))][0]
                if true != name:
                    judged.confused[true, name] += 1
    return judged


@pytest.fixture(scope="module")
def judged(scenes):
    return {detector.name: judge(detector, scenes) for detector in DETECTORS}


def calibration_error(scores, right):
    """Expected calibration error over ten bins of equal width."""
    scores, right = np.array(scores), np.array(right, float)
    bins = np.minimum((scores * 10).astype(int), 9)
    error = 0.0
    for number in range(10):
        own = bins == number
        if own.any():
            error += own.mean() * abs(scores[own].mean() - right[own].mean())
    return error


def test_calibration_error_is_the_one_worked_out_by_hand():
    # bin 0.9: mean score 0.95, half right, a third of all; bin 0.2: mean score 0.25, a quarter right
    assert calibration_error([0.95, 0.95, 0.25, 0.25, 0.25, 0.25], [1, 0, 1, 0, 0, 0]) == pytest.approx(0.15)


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_the_improved_detector_has_the_higher_average_precision(scenes, judged, kind):
    truth = ground_truth(scenes)
    found = {}
    for name, one in judged.items():
        evaluation = COCOeval(truth, quietly(truth.loadRes, one.results), kind)
        quietly(evaluation.evaluate)
        quietly(evaluation.accumulate)
        quietly(evaluation.summarize)
        found[name] = evaluation.stats[0], evaluation.stats[1]
    assert found["improved"][0] > found["baseline"][0] + 0.1
    assert found["improved"][1] > found["baseline"][1] + 0.1
    assert 0.1 < found["baseline"][1] < found["improved"][1] < 0.9


def test_the_improved_detector_is_worse_calibrated(judged):
    errors = {name: calibration_error(one.scores, one.right) for name, one in judged.items()}
    assert errors["improved"] > errors["baseline"] + 0.03
    assert errors["baseline"] < 0.1
    sure = np.array(judged["improved"].scores) > 0.7
    assert np.mean(np.array(judged["improved"].scores)[sure]) > np.mean(np.array(judged["improved"].right)[sure]) + 0.1


def test_the_improved_detector_takes_lookalikes_for_each_other(judged):
    share, of_all = {}, {}
    for name, one in judged.items():
        pairs = sum(count for (true, told), count in one.confused.items() if LOOKALIKE.get(true) == told)
        could = sum(count for (true, _), count in one.confused.items() if true in LOOKALIKE)
        share[name], of_all[name] = pairs / could, pairs / one.confused.total()
    assert share["improved"] > 0.75
    assert share["improved"] > share["baseline"] + 0.25
    assert of_all["improved"] > 1.5 * of_all["baseline"]


def test_the_commonest_confusions_of_the_improved_detector_are_of_pairs(judged):
    commonest = judged["improved"].confused.most_common(4)
    assert all(LOOKALIKE.get(true) == told for (true, told), _ in commonest), commonest


def test_what_is_not_there_has_a_low_score():
    scene = replace(staged(), objects=[])
    found = [result for number in range(300) for result in detect(BASELINE, scene, generator(number))]
    assert 100 < len(found) < 350
    assert np.mean([result["score"] for result in found]) < 0.25
