"""Each planted error is in the labels as it is listed, and what is not listed is right."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from tests.unit.sandbox.conftest import NO_ERRORS, TABLETOP
from tests.unit.sandbox.shapes import box_overlap, encode, full_mask, is_invalid, overlap, seen_box

from assay.sandbox.catalog import CATEGORY_IDS, LOOKALIKE
from assay.sandbox.labelling import draw_wrong_class, label_scene
from assay.sandbox.plan import plan_image
from assay.sandbox.planting import displaced, invalidated, jittered_copy
from assay.sandbox.render import render_scene

IDS = ("type", "image_id", "annotation_id", "related_id")
FURTHER = {  # as docs/sandboxes.md has it: what the truth would be
    "missing_annotation": {"category_id", "bbox"},
    "wrong_class": {"category_id"},
    "badly_located": {"bbox"},
    "invalid_geometry": {"kind"},
}
OF_LABELS = ("duplicate_annotation", "wrong_class", "badly_located", "spurious_annotation", "invalid_geometry")
OF_IMAGES = ("exact_duplicate_image", "near_duplicate_image", "split_leakage")


@dataclass
class Told:
    """What the labels of one image say of its objects.

    Attributes:
        size: Height and width of the image.
        right: Labels that are where an object is, each with it.
        displaced: Labels listed as badly located, each with the object that no other label is for.
        broken: Labels listed as invalid, each with its object.
        left_over: Objects that have no label.
    """

    size: tuple[int, int]
    right: list[tuple[dict[str, Any], Any]] = field(default_factory=list)
    displaced: list[tuple[dict[str, Any], Any]] = field(default_factory=list)
    broken: list[tuple[dict[str, Any], Any]] = field(default_factory=list)
    left_over: list[Any] = field(default_factory=list)


@pytest.fixture(scope="module")
def told(planted):
    """For each image, its labels beside the objects of its scene, which is rendered again."""
    types = {error["annotation_id"]: error["type"] for error in planted.errors}
    found = {}
    for number in planted.images:
        plan = plan_image(planted.spec, number - 1)
        scene = render_scene(planted.spec, plan.scene, retake=plan.retake)
        objects = [
            one
            for one in scene.objects
            if one.labelled and one.visible_share >= 0.15 and np.count_nonzero(one.mask) >= 30
        ]
        found[number] = sort_out(planted.by_image[number], types, objects, planted.size(number))
    return found


def sort_out(labels, types, objects, size):
    one = Told(size, left_over=list(objects))
    by_type = defaultdict(list)
    for label in labels:
        by_type[types.get(label["id"])].append(label)
    for label in by_type[None] + by_type["wrong_class"]:
        one.right.append((label, take(one.left_over, lambda box, label=label: box == label["bbox"])))
    for label in by_type["invalid_geometry"]:  # whatever is broken, its height is not
        sides = label["bbox"][1::2]
        one.broken.append((label, take(one.left_over, lambda box, sides=sides: box[1::2] == sides)))
    for label in by_type["badly_located"]:
        overlaps = [box_overlap(box_of(thing), label["bbox"]) for thing in one.left_over]
        one.displaced.append((label, one.left_over.pop(int(np.argmax(overlaps)))))
    return one


def take(objects, matches):
    """Remove and return the object whose box matches."""
    found = next((place for place, thing in enumerate(objects) if matches(box_of(thing))), None)
    assert found is not None, "a label is where no object is"
    return objects.pop(found)


def box_of(thing):
    return seen_box(thing.mask, thing.x, thing.y)


def agreement(label, thing, size):
    """Return the IoU of a label with the visible pixels of an object; of a box with the object's box."""
    if "segmentation" not in label:
        return box_overlap(label["bbox"], box_of(thing))
    seen = coco_mask.encode(np.asfortranarray(full_mask(thing.mask, thing.x, thing.y, size)))
    return float(coco_mask.iou([encode(label, size)], [seen], [0])[0, 0])


# ------------------------------------------------------------ the list


def test_a_known_error_has_its_ids_and_what_is_documented(planted):
    assert {error["type"] for error in planted.errors} == {*OF_LABELS, *OF_IMAGES, "missing_annotation"}
    for error in planted.errors:
        assert tuple(error)[:4] == IDS
        assert set(error) - set(IDS) == FURTHER.get(error["type"], set())


def test_ids_are_of_items_that_are_there_and_null_where_they_do_not_apply(planted):
    for error in planted.errors:
        assert error["image_id"] in planted.images
        kind, label, related = (error[key] for key in ("type", "annotation_id", "related_id"))
        if kind in OF_LABELS:
            assert planted.annotations[label]["image_id"] == error["image_id"]
        else:
            assert label is None
        if kind == "duplicate_annotation":
            assert planted.annotations[related]["image_id"] == error["image_id"]
            assert related != label
        elif kind in OF_IMAGES:
            assert related in planted.images
            assert related < error["image_id"]
        else:
            assert related is None


def test_an_annotation_has_one_error_at_most(planted):
    counts = Counter(error["annotation_id"] for error in planted.errors if error["annotation_id"] is not None)
    assert set(counts.values()) == {1}


def test_ids_of_the_file_are_unique_and_refer_to_each_other(planted):
    assert planted.files.images == len(planted.images) == len(planted.content["images"]) == 40
    assert planted.files.annotations == len(planted.annotations) == len(planted.content["annotations"])
    assert {a["image_id"] for a in planted.annotations.values()} <= set(planted.images)
    assert {a["category_id"] for a in planted.annotations.values()} <= set(planted.names)


# ------------------------------------------------------------ how often


def test_every_type_occurs_at_about_its_stated_share(scenes):
    """Shares are of the annotations that could have the error; some copies do not fit in their picture."""
    planted, could, large = Counter(), 0, 0
    for number, scene in enumerate(scenes):
        objects = [one for one in scene.objects if one.labelled and one.visible_share >= 0.15]
        areas = [np.count_nonzero(one.mask) for one in objects]
        for turn in range(3):
            labelled = label_scene(TABLETOP, scene, np.random.default_rng((number, turn)))
            could += sum(area >= 30 for area in areas)
            large += sum(area >= 400 for area in areas)
            planted.update(error["type"] for error in labelled.errors)
            planted.update(error["type"] for label in labelled.labels for error in label.errors)
    assert large > 3_000
    shares = {"missing_annotation": 0.025, "wrong_class": 0.02, "spurious_annotation": 0.01}
    for kind, share in shares.items():
        assert abs(planted[kind] - share * could) < 4 * np.sqrt(share * could), kind
    for kind, share in {"duplicate_annotation": 0.03, "badly_located": 0.02, "invalid_geometry": 0.005}.items():
        wanted = share * large
        assert 0.65 * wanted - 3 * np.sqrt(wanted) < planted[kind] < wanted + 4 * np.sqrt(wanted), kind
    assert planted["duplicate_annotation"] > 0.7 * 0.03 * large


# ------------------------------------------------------------ what is right, what is left out


def test_labels_that_are_not_listed_are_of_the_class_and_place_of_an_object(planted, told):
    good = 0
    wrong = planted.flagged("wrong_class")
    for one in told.values():
        for label, thing in one.right:
            if label["id"] not in wrong:
                assert label["category_id"] == CATEGORY_IDS[thing.name]
                good += 1
            assert agreement(label, thing, one.size) >= 0.9
    assert good > 250


def test_missing_annotations_are_really_absent(planted, told):
    absent = Counter({number: len(one.left_over) for number, one in told.items()})
    listed = Counter(error["image_id"] for error in planted.of_type("missing_annotation"))
    assert +absent == listed
    assert listed.total() >= 10
    for error in planted.of_type("missing_annotation"):
        image = error["image_id"]
        assert error["bbox"] in [box_of(thing) for thing in told[image].left_over]
        names = {thing.name for thing in told[image].left_over}
        assert planted.names[error["category_id"]] in names
        same = [a for a in planted.by_image[image] if a["category_id"] == error["category_id"]]
        spurious = planted.flagged("spurious_annotation")
        assert all(box_overlap(a["bbox"], error["bbox"]) < 0.6 for a in same if a["id"] not in spurious)


def test_the_labels_are_the_objects_less_the_missing_plus_the_added(planted, told):
    objects = sum(len(one.right) + len(one.displaced) + len(one.broken) + len(one.left_over) for one in told.values())
    counts = Counter(error["type"] for error in planted.errors)
    added = counts["duplicate_annotation"] + counts["spurious_annotation"]
    assert len(planted.annotations) == objects - counts["missing_annotation"] + added


# ------------------------------------------------------------ classes


def test_wrong_labels_carry_another_class_than_the_object_below_them(planted, told):
    wrong = {error["annotation_id"]: error for error in planted.of_type("wrong_class")}
    seen = set()
    for one in told.values():
        for label, thing in one.right:
            if label["id"] in wrong:
                assert planted.names[label["category_id"]] != thing.name
                assert wrong[label["id"]]["category_id"] == CATEGORY_IDS[thing.name]
                seen.add(label["id"])
    assert seen == set(wrong)
    assert len(seen) >= 10


def test_a_wrong_class_is_the_lookalike_more_than_half_the_time():
    rng = np.random.default_rng(0)
    drawn = Counter(draw_wrong_class(rng, "orange") for _ in range(2_000))
    assert drawn["orange"] == 0
    assert drawn["peach"] / 2_000 == pytest.approx(0.6 + 0.4 / 79, abs=0.05)
    assert len(drawn) > 70
    without_lookalike = Counter(draw_wrong_class(rng, "book") for _ in range(2_000))
    assert "book" not in LOOKALIKE
    assert without_lookalike["book"] == 0
    assert max(without_lookalike.values()) < 60
    assert {draw_wrong_class(rng, "car", ("car", "taxi", "dog")) for _ in range(50)} == {"taxi", "dog"}


# ------------------------------------------------------------ duplicates


def test_duplicates_overlap_the_annotation_they_are_a_copy_of(planted):
    overlaps = []
    for error in planted.of_type("duplicate_annotation"):
        copy, original = (planted.annotations[error[key]] for key in ("annotation_id", "related_id"))
        assert copy["category_id"] == original["category_id"]
        assert ("segmentation" in copy) == ("segmentation" in original)
        overlaps.append(overlap(copy, original, planted.size(error["image_id"])))
    assert len(overlaps) >= 15
    assert min(overlaps) >= 0.6
    assert max(overlaps) < 0.99
    assert any(value >= 0.85 for value in overlaps)
    assert any(value < 0.85 for value in overlaps)


def test_no_other_pair_of_one_class_looks_like_a_duplicate(planted):
    pairs = {(error["annotation_id"], error["related_id"]) for error in planted.of_type("duplicate_annotation")}
    invalid = planted.flagged("invalid_geometry")
    compared = 0
    for number, labels in planted.by_image.items():
        valid = [label for label in labels if label["id"] not in invalid]
        for one, other in combinations(valid, 2):
            if (
                one["category_id"] != other["category_id"]
                or {(one["id"], other["id"]), (other["id"], one["id"])} & pairs
            ):
                continue
            assert overlap(one, other, planted.size(number)) < 0.6, (one["id"], other["id"])
            compared += 1
    assert compared > 100


@pytest.mark.parametrize("style", ["box", "polygon", "mask"])
def test_a_copy_keeps_the_kind_of_its_original_and_lies_in_the_picture(style):
    original = drawn_square(style)
    overlaps = []
    for seed in range(60):
        copy = jittered_copy(np.random.default_rng(seed), original, (120, 160))
        if copy is None:  # a few drawn ones do not come near enough to the overlap that is wanted
            continue
        assert type(copy.get("segmentation")) is type(original.get("segmentation"))
        x, y, w, h = copy["bbox"]
        assert x >= 0
        assert y >= 0
        assert x + w <= 160
        assert y + h <= 120
        assert not is_invalid(copy, (120, 160))
        overlaps.append(overlap(copy, original, (120, 160)))
    assert len(overlaps) >= 57
    assert 0.6 <= min(overlaps) < 0.7
    assert 0.9 < max(overlaps) < 0.98


def drawn_square(style):
    """A square of 40 pixels in the middle of a picture of 160 x 120."""
    record = {"bbox": [60, 40, 40, 40], "area": 1_600, "iscrowd": 0}
    if style == "box":
        return record
    if style == "polygon":
        return record | {"segmentation": [[60.0, 40.0, 100.0, 40.0, 100.0, 80.0, 60.0, 80.0]]}
    mask = np.zeros((120, 160), np.uint8, order="F")
    mask[40:80, 60:100] = 1
    encoded = coco_mask.encode(mask)
    return record | {"segmentation": {"size": [120, 160], "counts": encoded["counts"].decode()}}


# ------------------------------------------------------------ place and shape


def test_badly_located_labels_overlap_the_truth_by_less_than_good_ones(told):
    good = [agreement(label, thing, one.size) for one in told.values() for label, thing in one.right]
    bad = [agreement(label, thing, one.size) for one in told.values() for label, thing in one.displaced]
    assert len(bad) >= 10
    assert min(bad) >= 0.25
    assert max(bad) <= 0.68
    assert max(bad) < min(good)


def test_badly_located_labels_keep_their_class(told):
    assert all(
        label["category_id"] == CATEGORY_IDS[thing.name] for one in told.values() for label, thing in one.displaced
    )


@pytest.mark.parametrize("style", ["box", "polygon", "mask"])
def test_a_displaced_square_is_as_far_off_as_documented(style):
    original = drawn_square(style)
    overlaps = []
    for seed in range(60):
        moved = displaced(np.random.default_rng(seed), original, (120, 160))
        if moved is not None:
            assert not is_invalid(moved, (120, 160))
            overlaps.append(overlap(moved, original, (120, 160)))
    assert len(overlaps) > 40
    assert 0.3 <= min(overlaps) < 0.4
    assert 0.55 < max(overlaps) <= 0.65


def test_invalid_geometry_is_invalid_and_everything_else_is_not(planted):
    found = {a["id"] for a in planted.annotations.values() if is_invalid(a, planted.size(a["image_id"]))}
    assert found == planted.flagged("invalid_geometry")
    assert len(found) >= 8


def test_geometry_is_broken_in_five_ways():
    kinds = Counter()
    for seed in range(100):
        for style in ("box", "polygon", "mask"):
            record, kind = invalidated(np.random.default_rng(seed), drawn_square(style), (120, 160))
            assert is_invalid(record, (120, 160))
            kinds[kind] += 1
    assert set(kinds) == {"zero_area", "two_points", "self_crossing", "beyond_border", "outside"}
    assert min(kinds.values()) > 20


def test_spurious_labels_are_where_no_object_is(planted, told):
    spurious = [planted.annotations[number] for number in planted.flagged("spurious_annotation")]
    assert len(spurious) >= 8
    for label in spurious:
        one = told[label["image_id"]]
        things = [thing for _, thing in (*one.right, *one.displaced, *one.broken)] + one.left_over
        pixels = coco_mask.decode(encode(label, one.size)).astype(bool)
        for thing in things:
            shared = pixels & full_mask(thing.mask, thing.x, thing.y, one.size).astype(bool)
            assert shared.sum() < 0.12 * pixels.sum()


def test_small_objects_get_no_error_of_place(scenes):
    shares = {"badly_located_share": 0.5, "duplicate_share": 0.3, "invalid_share": 0.2, "box_share": 0.0}
    spec = replace(TABLETOP, **(NO_ERRORS | shares))
    small = 0
    for number, scene in enumerate(scenes[:40]):
        boxes = {
            tuple(box_of(one))
            for one in scene.objects
            if one.labelled and one.visible_share >= 0.15 and 30 <= np.count_nonzero(one.mask) < 400
        }
        labels = label_scene(spec, scene, np.random.default_rng(number)).labels
        assert boxes <= {tuple(label.record["bbox"]) for label in labels if not label.errors}
        small += len(boxes)
    assert small > 10
