import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from assay.errors import CancelledError, NotFoundError
from assay.sandbox import SANDBOXES, SandboxFiles, SandboxSpec, generate, get_sandbox
from assay.sandbox import sprites as sprites_module
from assay.sandbox.catalog import CLASSES, SPRITES
from assay.sandbox.labels import annotate, mask_box, mask_iou, trace, without_specks
from assay.sandbox.planting import annotation_iou
from assay.sandbox.registry import SANDBOXES as REGISTERED
from assay.sandbox.render import render_scene
from assay.sandbox.sprites import load_sprite
from assay.sandbox.themes import THEMES

SPEC = SandboxSpec(name="test", title="Test", teaches="Testing", images=12, size_mb=2, seed=3, duplicate_share=0.25)
SPRITES_DIR = Path(sprites_module.__file__).parent / "sprites"


def load(files: SandboxFiles) -> tuple[dict, list]:
    return json.loads(files.annotations_file.read_bytes()), json.loads(files.known_errors_file.read_bytes())


def contents(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SandboxFiles:
    return generate(SPEC, tmp_path_factory.mktemp("made"), workers=1)


def test_equal_seeds_give_equal_bytes_whatever_the_number_of_workers(made: SandboxFiles, tmp_path: Path) -> None:
    generate(SPEC, tmp_path, workers=2)
    assert contents(tmp_path) == contents(made.images_dir.parent)


def test_another_seed_gives_another_picture() -> None:
    one, other = render_scene(SPEC, 0), render_scene(replace(SPEC, seed=4), 0)
    assert one.picture.shape != other.picture.shape or not np.array_equal(one.picture, other.picture)


def test_result_counts_what_the_files_hold(made: SandboxFiles) -> None:
    dataset, _ = load(made)
    assert made.images == len(dataset["images"]) == len(list(made.images_dir.iterdir())) == SPEC.images
    assert made.annotations == len(dataset["annotations"])
    assert made.classes == len(dataset["categories"]) == len(CLASSES)


def test_annotations_load_with_pycocotools_and_ids_are_unique(made: SandboxFiles) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(made.annotations_file))
    dataset, _ = load(made)
    for records in (dataset["images"], dataset["annotations"], dataset["categories"]):
        assert len({record["id"] for record in records}) == len(records)
    assert {a["image_id"] for a in dataset["annotations"]} <= set(coco.imgs)
    assert {a["category_id"] for a in dataset["annotations"]} <= set(coco.cats)
    for annotation in dataset["annotations"]:
        image = coco.imgs[annotation["image_id"]]
        x, y, width, height = annotation["bbox"]
        assert x >= 0
        assert y >= 0
        assert x + width <= image["width"]
        assert y + height <= image["height"]
        assert width > 0
        assert height > 0
    assert "synthetic" in dataset["info"]["description"]


def test_polygons_boxes_and_masks_agree_with_what_was_rendered() -> None:
    kinds = set()
    for index in range(SPEC.images):
        scene = render_scene(SPEC, index)
        height, width = scene.picture.shape[:2]
        annotated = [
            one
            for one in scene.objects
            if one.visible_share >= SPEC.min_visible_share and one.mask.sum() >= SPEC.min_area_px2
        ]
        assert len(annotated) == len(scene.annotations)
        for one, annotation in zip(annotated, scene.annotations, strict=True):
            seen = np.zeros((height, width), np.uint8)
            seen[one.y : one.y + one.mask.shape[0], one.x : one.x + one.mask.shape[1]] = one.mask
            assert tuple(annotation["bbox"]) == mask_box(seen)
            segmentation = annotation.get("segmentation")
            kinds.add(type(segmentation))
            if segmentation is None:
                continue
            assert annotation["area"] == seen.sum()
            if isinstance(segmentation, dict):
                assert np.array_equal(coco_mask.decode(segmentation), seen)
            else:
                assert all(shapely.Polygon(np.reshape(ring, (-1, 2))).is_valid for ring in segmentation)
                drawn = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width)))
                assert mask_iou(drawn, seen) >= (0.97 if seen.sum() > 400 else 0.9)
    assert kinds == {type(None), list, dict}


def test_planted_duplicates_are_listed_and_overlap_as_stated(made: SandboxFiles) -> None:
    dataset, known_errors = load(made)
    annotations = {a["id"]: a for a in dataset["annotations"]}
    ious = []
    for error in known_errors:
        copy, original = annotations[error["annotation_id"]], annotations[error["related_id"]]
        assert error["type"] == "duplicate_annotation"
        assert copy["image_id"] == original["image_id"] == error["image_id"]
        assert copy["category_id"] == original["category_id"]
        ious.append(annotation_iou(original, copy))
    assert min(ious) >= 0.62
    assert max(ious) <= 0.97
    assert any(iou >= 0.85 for iou in ious)
    assert any(iou < 0.85 for iou in ious)
    clean, _ = load_clean_count()
    assert len(annotations) - len(known_errors) == clean


def load_clean_count() -> tuple[int, None]:
    spec = replace(SPEC, duplicate_share=0.0)
    return sum(len(render_scene(spec, index).annotations) for index in range(spec.images)), None


def test_no_other_pair_of_one_class_looks_like_a_duplicate(made: SandboxFiles) -> None:
    dataset, known_errors = load(made)
    planted = {error["annotation_id"] for error in known_errors}
    clean = [
        a for a in dataset["annotations"] if a["id"] not in planted and not isinstance(a.get("segmentation"), dict)
    ]
    for number, one in enumerate(clean):
        for other in clean[number + 1 :]:
            if (one["image_id"], one["category_id"]) == (other["image_id"], other["category_id"]):
                assert annotation_iou(one, other) < 0.6


def test_iou_of_boxes_is_the_one_worked_out_by_hand() -> None:
    assert annotation_iou({"bbox": [0, 0, 10, 10]}, {"bbox": [5, 0, 10, 10]}) == pytest.approx(50 / 150)


def test_tracing_a_rectangle_gives_its_corners() -> None:
    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 2:7] = 1
    rings = trace(mask)
    assert rings is not None
    assert shapely.Polygon(rings[0]).bounds == (2, 1, 7, 4)
    assert shapely.Polygon(rings[0]).area == 15


def test_two_parts_give_two_rings_and_a_hole_gives_a_mask() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[2:38, 2:10] = mask[2:38, 20:38] = 1
    assert len(annotate(mask, 0, 0, (40, 40), "polygon")["segmentation"]) == 2
    mask[10:20, 25:32] = 0
    assert set(annotate(mask, 0, 0, (40, 40), "polygon")["segmentation"]) == {"size", "counts"}


def test_specks_are_dropped() -> None:
    mask = np.zeros((30, 30), np.uint8)
    mask[5:25, 5:25] = 1
    mask[0, 0] = 1
    assert without_specks(mask).sum() == 400


def test_every_class_and_theme_has_its_sprites() -> None:
    assert 60 <= len(CLASSES) <= 80
    for kind in SPRITES.values():
        for look in range(len(kind.looks)):
            assert load_sprite(kind, look).levels[0].shape[2] == 4
    for theme in THEMES:
        assert {*theme.objects, *theme.clutter, *theme.heaps} <= set(SPRITES)
    assert {kind.name for kind in CLASSES} == {name for theme in THEMES for name in theme.objects}


def test_the_sprites_come_with_their_licence() -> None:
    text = (SPRITES_DIR / "LICENSE.fluent-emoji.txt").read_text(encoding="utf-8")
    assert "Microsoft Corporation" in text
    assert "LobeHub" in text
    assert "Permission is hereby granted" in text


def test_an_unknown_sandbox_is_an_error_that_lists_the_names() -> None:
    assert get_sandbox("quickstart").images == 200
    with pytest.raises(NotFoundError) as caught:
        get_sandbox("nonesuch")
    assert all(name in caught.value.message for name in SANDBOXES)
    assert REGISTERED is SANDBOXES


def test_cancelling_leaves_no_files(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    with pytest.raises(CancelledError):
        generate(SPEC, tmp_path, progress=lambda done, total: calls.append((done, total)), cancelled=lambda: True)
    assert calls == [(5, 12)]
    assert contents(tmp_path) == {}
