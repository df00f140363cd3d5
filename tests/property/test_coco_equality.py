"""Numbers equal to pycocotools' to 1e-9, whatever the boxes, masks and keypoints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.cocoeval import COCOeval

from assay.evaluation.detection.accumulate import DETECTION, KEYPOINTS, make_coco_table
from assay.evaluation.detection.curves import evaluate_classes
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.types import Selection
from tests.unit.evaluation.coco_reference import make_case, reference, to_arrays

SIDE, MASK_SIDE = 48, 12
CLASSES = [3, 7, 20]
IMAGES = [(40, SIDE, SIDE), (7, SIDE, SIDE), (23, SIDE, SIDE)]  # ids in no order
some = settings(max_examples=25)

# few values, so that scores tie, boxes coincide and IoUs lie on thresholds
coordinate = st.integers(0, 8).map(lambda value: value * 5.0)
side = st.sampled_from([0.0, 5.0, 10.0, 20.0, 33.3, 40.0])
boxes = st.tuples(coordinate, coordinate, side, side).map(list)
scores = st.sampled_from([0.0, 0.1, 0.5, 0.5000000001, 0.9, 1.0])
stated_areas = st.sampled_from([None, 0.0, 1023.999, 1024.0, 1024.001, 9216.0, 9216.001, 1e10, 1e10 + 1])
places = {"image_id": st.sampled_from([i for i, _, _ in IMAGES]), "category_id": st.sampled_from(CLASSES[:2])}


def with_area(record, area):
    _, _, width, height = record["bbox"]
    return {**record, "area": width * height if area is None else area}


labels = st.builds(
    with_area, st.fixed_dictionaries({**places, "bbox": boxes, "iscrowd": st.sampled_from([0, 0, 0, 1])}), stated_areas
)
guesses = st.fixed_dictionaries({**places, "bbox": boxes, "score": scores})


@st.composite
def scenes(draw, labels=labels, guesses=guesses, shape="bbox"):
    """Annotations, and results of which most repeat an annotation, moved a little or not at all."""
    annotations = draw(st.lists(labels, max_size=14))
    results = draw(st.lists(guesses, max_size=6))
    for original in draw(st.lists(st.sampled_from(annotations), max_size=14)) if annotations else []:
        guess = {key: original[key] for key in ("image_id", "category_id", shape)}
        if shape == "bbox":
            dx, dw = draw(st.sampled_from([0.0, 0.0, 1.0, 2.5])), draw(st.sampled_from([0.0, 5.0, 10.0]))
            x, y, width, height = original["bbox"]
            guess["bbox"] = [x + dx, y, width + dw, height]
        if shape == "segmentation" and isinstance(guess[shape], list):
            guess[shape] = coco_mask.merge(coco_mask.frPyObjects(guess[shape], MASK_SIDE, MASK_SIDE))
        results.insert(draw(st.integers(0, len(results))), {**guess, "score": draw(scores)})
    return annotations, results


def pairing_of(case, task="bbox"):
    annotations, predictions, images, classes = to_arrays(*case, task)
    return find_pairs(annotations, predictions, images=images, classes=classes, task=task)


def check_table(table, expected):
    assert table.precision == pytest.approx(expected.eval["precision"], abs=1e-9)
    assert table.recall == pytest.approx(expected.eval["recall"], abs=1e-9)
    assert list(table.numbers().values()) == pytest.approx(list(expected.stats), abs=1e-9)
    average, greatest = table.per_class()
    for k in range(len(CLASSES)):
        precision = expected.eval["precision"][:, :, k, 0, -1]
        recall = expected.eval["recall"][:, k, 0, -1]
        assert average[k] == pytest.approx(precision.mean(), abs=1e-9)
        assert greatest[k] == pytest.approx(recall.mean(), abs=1e-9)


def check_equal(case, task="bbox"):
    protocol = KEYPOINTS if task == "keypoints" else DETECTION
    pairing = pairing_of(case, task)
    expected = reference(*case, task)
    table = make_coco_table(pairing, protocol=protocol)
    check_table(table, expected)
    check_slider(pairing, table)


def check_slider(pairing, table):
    """One matching at a threshold gives what the table has at it."""
    for t, threshold in ((0, 0.5), (5, 0.75)):
        evaluation = evaluate_classes(pairing, match(pairing, threshold))
        precision = table.precision[t, :, :, 0, -1].mean(axis=0)
        expected = np.where(precision < 0, np.nan, precision)
        assert evaluation.average_precision == pytest.approx(expected, abs=1e-9, nan_ok=True)
        recall = table.recall[t, :, 0, -1]
        assert evaluation.greatest_recall == pytest.approx(np.where(recall < 0, np.nan, recall), abs=1e-9, nan_ok=True)


@some
@given(scenes())
def test_boxes_give_pycocotools_numbers(scene):
    check_equal(make_case(IMAGES, CLASSES, *scene))


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(90, 160), st.booleans())
def test_more_than_a_hundred_predictions_of_an_image_are_cut_by_class(seed, count, one_class):
    random = np.random.default_rng(seed)
    classes = random.choice(CLASSES[:1] if one_class else CLASSES, count).tolist()
    boxes = random.integers([0, 0, 4, 4], [12, 12, 16, 16], (count, 4))
    results = [
        {"image_id": int(image), "category_id": class_, "bbox": box, "score": score}
        for image, class_, box, score in zip(
            random.choice([7, 7, 7, 23], count),
            classes,
            boxes.astype(float).tolist(),
            random.integers(0, 30, count) / 30,
            strict=True,
        )
    ]
    annotations = [
        {**record, "iscrowd": int(random.random() < 0.2), "area": record["bbox"][2] * record["bbox"][3]}
        for record in (
            {key: record[key] for key in ("image_id", "category_id", "bbox")}
            for record in (results[i] for i in random.integers(0, count, 30))
        )
    ]
    check_equal(make_case(IMAGES, CLASSES, annotations, results))


@st.composite
def masks(draw):
    bitmap = np.zeros((MASK_SIDE, MASK_SIDE), dtype=np.uint8, order="F")
    for _ in range(draw(st.integers(0, 2))):
        top, left = draw(st.integers(0, 10)), draw(st.integers(0, 10))
        bitmap[top : top + draw(st.integers(1, 8)), left : left + draw(st.integers(1, 8))] = 1
    return coco_mask.encode(bitmap)


@st.composite
def polygons(draw):
    corner = st.integers(0, 24).map(lambda value: value / 2)
    rings = draw(st.lists(st.lists(st.tuples(corner, corner), min_size=3, max_size=5), min_size=1, max_size=2))
    return [[value for point in ring for value in point] for ring in rings]


mask_labels = st.builds(
    with_area,
    st.fixed_dictionaries(
        {
            **places,
            "segmentation": st.one_of(masks(), polygons()),
            "bbox": boxes,
            "iscrowd": st.sampled_from([0, 0, 1]),
        }
    ),
    st.sampled_from([0.0, 40.0, 1024.0, 5000.0]),
)
mask_guesses = st.fixed_dictionaries({**places, "segmentation": masks(), "score": scores})


@some
@given(scenes(mask_labels, mask_guesses, "segmentation"))
def test_masks_give_pycocotools_numbers(scene):
    check_equal(make_case([(i, MASK_SIDE, MASK_SIDE) for i, _, _ in IMAGES], CLASSES, *scene, "segm"), "segm")


@st.composite
def skeletons(draw):
    """A skeleton as COCO has it, its box and number of labelled keypoints."""
    seed = draw(st.integers(0, 5))
    spread = draw(st.sampled_from([0, 1, 4]))
    random = np.random.default_rng(seed)
    points = random.integers(0, 40, (17, 2)) + np.random.default_rng(draw(st.integers(0, 2))).integers(
        -spread, spread + 1, (17, 2)
    )
    visibility = draw(st.sampled_from([[2] * 17, [0] * 17, [0, 1, 2] * 5 + [0, 0], [0] * 16 + [1]]))
    keypoints = np.column_stack([points, visibility]).ravel().tolist()
    return keypoints, sum(v > 0 for v in visibility)


def skeleton_label(place, skeleton, area):
    keypoints, count = skeleton
    return {**place, "keypoints": keypoints, "num_keypoints": count, "area": area}


skeleton_labels = st.builds(
    skeleton_label,
    st.fixed_dictionaries({**places, "bbox": boxes, "iscrowd": st.sampled_from([0, 0, 0, 1])}),
    skeletons(),
    st.sampled_from([0.0, 500.0, 1024.0, 5000.0, 9216.0]),
)
skeleton_guesses = st.builds(
    lambda place, skeleton: {**place, "keypoints": skeleton[0]},
    st.fixed_dictionaries({**places, "score": scores}),
    skeletons(),
)


@some
@given(scenes(skeleton_labels, skeleton_guesses, "keypoints"))
def test_keypoints_give_pycocotools_numbers(scene):
    check_equal(make_case(IMAGES, CLASSES, *scene, "keypoints"), "keypoints")


@settings(max_examples=6)
@given(st.lists(skeleton_labels, min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_more_than_twenty_skeletons_of_an_image_are_cut(annotations, seed):
    random = np.random.default_rng(seed)
    results = [
        {
            "image_id": 7,
            "category_id": CLASSES[0],
            "keypoints": (random.integers(0, 40, (17, 3))).ravel().tolist(),
            "score": float(random.integers(0, 8) / 8),
        }
        for _ in range(30)
    ]
    check_equal(make_case(IMAGES, CLASSES, annotations, results, "keypoints"), "keypoints")


@some
@given(
    scenes(),
    st.sets(st.sampled_from([7, 23, 40]), min_size=1),
    st.sets(st.sampled_from(CLASSES), min_size=1),
)
def test_image_and_class_filters_are_params_imgids_and_catids(scene, images, classes):
    case = make_case(IMAGES, CLASSES, *scene)
    chosen_images = np.isin(sorted(i for i, _, _ in IMAGES), sorted(images))
    chosen_classes = np.isin(CLASSES, sorted(classes))
    table = make_coco_table(pairing_of(case), Selection(images=chosen_images))
    expected = reference(*case, "bbox", imgIds=sorted(images), catIds=sorted(classes))
    assert table.precision[:, :, chosen_classes] == pytest.approx(expected.eval["precision"], abs=1e-9)
    assert list(table.numbers(chosen_classes).values()) == pytest.approx(list(expected.stats), abs=1e-9)


class ConditionedEval(COCOeval):
    """COCOeval that ignores annotations, and unmatched predictions, of odd width in steps of 5 px."""

    def _prepare(self):
        super()._prepare()
        for group in self._gts.values():
            for record in group:
                record["ignore"] = record["ignore"] or fails(record["bbox"])

    def evaluateImg(self, imgId, catId, aRng, maxDet):  # noqa: N802, N803 - pycocotools' names
        result = super().evaluateImg(imgId, catId, aRng, maxDet)
        if result is not None and result["dtIds"]:
            failing = np.array([fails(self.cocoDt.anns[i]["bbox"]) for i in result["dtIds"]])
            result["dtIgnore"] = np.logical_or(result["dtIgnore"], (result["dtMatches"] == 0) & failing)
        return result


def fails(box):
    return box[2] in {5.0, 33.3}


@some
@given(scenes())
def test_object_conditions_ignore_as_area_ranges_do(scene):
    case = make_case(IMAGES, CLASSES, *scene)
    truth, found, images, classes = to_arrays(*case)
    selection = Selection(
        annotations=np.array([not fails(box) for box in truth.xywh.tolist()], dtype=np.bool_),
        predictions=np.array([not fails(box) for box in found.xywh.tolist()], dtype=np.bool_),
    )
    table = make_coco_table(find_pairs(truth, found, images=images, classes=classes), selection)
    check_table(table, reference(*case, "bbox", evaluator=ConditionedEval))
