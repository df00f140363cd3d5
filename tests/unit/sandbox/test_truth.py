"""Labels without planted errors say what the pictures show."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
import shapely
from tests.unit.sandbox.conftest import NO_ERRORS, TABLETOP, make
from tests.unit.sandbox.shapes import decode, full_mask, seen_box

from assay.sandbox import SANDBOXES
from assay.sandbox.catalog import CATEGORY_IDS, SPRITES
from assay.sandbox.labelling import label_scene
from assay.sandbox.plan import plan_image
from assay.sandbox.render import paint, render_scene
from assay.sandbox.scene import Camera, Light, Placement
from assay.sandbox.surfaces import Background
from assay.sandbox.textures import Plane

CLEAN = replace(TABLETOP, **NO_ERRORS)


def shrink(picture):
    return cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA).astype(float)


def is_seen(one):
    return one.labelled and one.visible_share >= 0.15 and np.count_nonzero(one.mask) >= 30


@pytest.fixture(scope="module")
def labelled(scenes):
    """Each scene with its labels, none of them wrong."""
    found = [label_scene(CLEAN, scene, np.random.default_rng(number)) for number, scene in enumerate(scenes)]
    assert not any(one.errors or any(label.errors for label in one.labels) for one in found)
    return [(scene, [label.record for label in one.labels]) for scene, one in zip(scenes, found, strict=True)]


def test_every_visible_object_of_a_class_is_labelled_once_and_clutter_never(labelled):
    clutter = 0
    for scene, records in labelled:
        expected = Counter(
            (CATEGORY_IDS[one.name], *seen_box(one.mask, one.x, one.y)) for one in scene.objects if is_seen(one)
        )
        assert Counter((record["category_id"], *record["bbox"]) for record in records) == expected
        clutter += sum(one.name not in CATEGORY_IDS for one in scene.objects)
        assert all(one.labelled == (one.name in CATEGORY_IDS) for one in scene.objects)
    assert clutter > 50


def test_polygons_boxes_and_masks_agree_with_what_was_rendered(labelled):
    styles = Counter()
    for scene, records in labelled:
        size = scene.picture.shape[:2]
        objects = {
            (CATEGORY_IDS[one.name], *seen_box(one.mask, one.x, one.y)): full_mask(one.mask, one.x, one.y, size)
            for one in scene.objects
            if is_seen(one)
        }
        for record in records:
            seen = objects[record["category_id"], *record["bbox"]]
            shape = record.get("segmentation")
            styles[type(shape).__name__] += 1
            if shape is None:
                assert record["area"] == record["bbox"][2] * record["bbox"][3]
                continue
            assert record["area"] == seen.sum()
            told = decode(record, size)
            if isinstance(shape, dict):
                assert np.array_equal(told, seen)
                continue
            assert all(shapely.Polygon(np.reshape(ring, (-1, 2))).is_valid for ring in shape)
            # coordinates have one decimal place: the fewer the pixels, the more one of them counts
            assert (told & seen).sum() / (told | seen).sum() >= (0.97 if seen.sum() > 400 else 0.9)
    total = styles.total()
    assert 0.12 < styles["dict"] / total < 0.3  # 15 %, and what has holes
    assert styles["NoneType"] / total == pytest.approx(0.10, abs=0.03)
    assert styles["list"] / total > 0.6


def test_objects_lie_in_their_picture_and_share_no_pixel(scenes):
    for scene in scenes:
        owners = np.zeros(scene.picture.shape[:2], np.uint8)
        for one in scene.objects:
            rows, columns = one.mask.shape
            assert min(one.x, one.y) >= 0
            assert one.y + rows <= owners.shape[0]
            assert one.x + columns <= owners.shape[1]
            assert 0 < one.visible_share <= 1
            owners += full_mask(one.mask, one.x, one.y, owners.shape)
        assert owners.max() == 1


def test_what_a_mask_covers_is_what_painting_changes():
    """A kite flies before a grey wall, where it throws no shadow, and hides part of another."""
    wall = Background(np.full((240, 320, 3), 0.5, np.float32), Plane(horizon=0.9))
    light = Light("soft", (1.0, 1.0, 1.0), 0.34, 0.05, 0.5, 0.2)
    camera = Camera("reflex", "normal", 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.7, 0.0, 95)

    def kite(x, y, nearness):
        return Placement(SPRITES["kite"], 0, x, y, 90.0, nearness, 10.0, False, (0.0,) * 8, 0.0, 1.0)

    behind, before = kite(120.0, 110.0, 0.4), kite(165.0, 120.0, 0.6)
    canvas, (far, near) = paint(wall.image.copy(), wall, [behind, before], light, camera)
    alone, (whole,) = paint(wall.image.copy(), wall, [behind], light, camera)
    only_near, _ = paint(wall.image.copy(), wall, [before], light, camera)

    def agreement(mask, changed):
        return (mask & changed).sum() / (mask | changed).sum()

    size = (240, 320)
    changed = np.abs(alone - 0.5).max(axis=2) > 0.1
    assert agreement(full_mask(whole.mask, whole.x, whole.y, size), changed) > 0.93
    nearer = np.abs(only_near - 0.5).max(axis=2) > 0.1
    assert agreement(full_mask(near.mask, near.x, near.y, size), nearer) > 0.93
    assert agreement(full_mask(far.mask, far.x, far.y, size), changed & ~nearer) > 0.9
    assert far.visible_share == pytest.approx((changed & ~nearer).sum() / changed.sum(), abs=0.04)
    assert (near.visible_share, whole.visible_share) == (1, 1)
    untouched = np.abs(canvas - 0.5).max(axis=2) == 0
    covered = full_mask(near.mask, near.x, near.y, size) | full_mask(far.mask, far.x, far.y, size)
    assert not (untouched & (covered == 1)).any()


def test_a_scene_has_five_to_forty_objects(scenes):
    crowded = [render_scene(TABLETOP, index) for index in (167, 300, 309, 318, 1014, 1063)]  # there was no room once
    counts = np.array([sum(one.labelled for one in scene.objects) for scene in [*scenes, *crowded]])
    assert counts.min() >= 5
    assert 20 <= counts.max() <= 40
    assert counts.std() > 3


@pytest.mark.xfail(strict=True, reason="an object that is shrunk after it was placed can be hidden behind another")
def test_a_shrunk_object_does_not_leave_a_scene_with_four():
    scene = render_scene(SANDBOXES["quickstart"], 167)
    assert sum(one.labelled for one in scene.objects) >= 5


def test_pictures_have_many_sizes(scenes):
    sizes = Counter(scene.picture.shape for scene in scenes)
    assert len(sizes) >= 5
    assert max(sizes.values()) < 0.6 * len(scenes)
    for height, width, channels in sizes:
        assert 250 <= min(height, width) <= max(height, width) <= 1024
        assert channels == 3


def test_metadata_is_there_and_typed(scenes):
    for scene in scenes:
        metadata = scene.metadata
        assert isinstance(metadata["hour"], int)
        assert 0 <= metadata["hour"] <= 23
        for key in ("camera", "location", "theme", "background", "lighting", "condition"):
            assert isinstance(metadata[key], str)
            assert metadata[key]
        for key in ("blur_px", "noise_level"):
            assert isinstance(metadata[key], float)
    for key, least in (("camera", 6), ("hour", 8), ("location", 10), ("theme", 10), ("condition", 6)):
        assert len({scene.metadata[key] for scene in scenes}) >= least


def test_what_the_metadata_says_of_a_picture_can_be_seen_in_it(scenes):
    def mean(condition, measure):
        found = [measure(scene.picture) for scene in scenes if scene.metadata["condition"] == condition]
        assert len(found) >= 3
        return np.mean(found)

    def edges(picture):
        return cv2.Laplacian(picture, cv2.CV_64F).std()

    def colour(picture):
        return cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)[..., 1].mean()

    assert mean("dark", np.mean) < 0.6 * mean("normal", np.mean) < mean("over-exposed", np.mean)
    assert mean("blurred", edges) < 0.4 * mean("normal", edges) < 0.4 * mean("noisy", edges)
    assert mean("grey", colour) < 0.4 * mean("normal", colour)


def test_a_fifth_of_the_images_is_for_validation():
    splits = Counter(plan_image(CLEAN, index).split for index in range(5_000))
    assert set(splits) == {"train", "val"}
    assert splits["val"] / 5_000 == pytest.approx(0.2, abs=0.025)


def test_the_files_agree_with_the_scenes_and_the_pictures(tmp_path, scenes):
    made = make(replace(CLEAN, images=12), tmp_path)
    assert made.errors == []
    assert made.files.images == len(made.images) == len(list(made.files.images_dir.iterdir())) == 12
    assert made.files.annotations == len(made.annotations)
    assert made.files.classes == len(made.content["categories"]) == 80
    assert "synthetic" in made.content["info"]["description"]
    for (number, image), scene in zip(made.images.items(), scenes, strict=False):
        decoded = cv2.cvtColor(cv2.imread(str(made.picture(number))), cv2.COLOR_BGR2RGB)
        assert decoded.shape[:2] == made.size(number) == scene.picture.shape[:2]
        assert np.abs(shrink(decoded) - shrink(scene.picture)).max() < 6  # JPEG changes noise, not what is shown
        assert scene.metadata.items() <= image.items()
        assert image["split"] in ("train", "val")
        assert {made.names[a["category_id"]] for a in made.by_image[number]} == {
            one.name for one in scene.objects if is_seen(one)
        }
