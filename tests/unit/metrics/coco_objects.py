"""Builds Objects and Images for tests: by hand, one object at a time, or from a COCO instances file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from assay.project.geometry import Images, Objects, Shape

Item = dict[str, Any]


def make_item(shape: Shape, *, image: int = 0, size: tuple[float, float] = (100.0, 100.0), **given: Any) -> Item:
    """Describe one object; ``size`` is (W, H) of its image."""
    return {"shape": shape, "image": image, "size": size, **given}


def box(x: float, y: float, w: float, h: float, **given: Any) -> Item:
    return make_item(Shape.BOX, xywh=(x, y, w, h), **given)


def rotated_box(x: float, y: float, w: float, h: float, degrees: float, **given: Any) -> Item:
    return make_item(Shape.ROTATED_BOX, xywh=(x, y, w, h), rotation=degrees, **given)


def polygon(*rings: Any, **given: Any) -> Item:
    return make_item(Shape.POLYGON, rings=rings, **given)


def mask(pixels: Any, **given: Any) -> Item:
    pixels = np.asarray(pixels, dtype=np.uint8)
    given.setdefault("size", pixels.shape[::-1])
    return make_item(Shape.MASK, mask=coco_mask.encode(np.asfortranarray(pixels)), **given)


def keypoints(*points: tuple[float, float, float], **given: Any) -> Item:
    return make_item(Shape.KEYPOINTS, keypoints=points, **given)


def polyline(*points: tuple[float, float], **given: Any) -> Item:
    return make_item(Shape.POLYLINE, rings=[points], **given)


def point(x: float, y: float, **given: Any) -> Item:
    return make_item(Shape.POINT, rings=[[(x, y)]], **given)


def label(**given: Any) -> Item:
    return make_item(Shape.LABEL, **given)


def make_objects(*items: Item) -> Objects:
    """Join described objects into one batch; rows count from 0 unless given."""
    rings = [[np.asarray(r, dtype=np.float64).reshape(-1, 2) for r in item.get("rings", ())] for item in items]
    flat = [ring for object_rings in rings for ring in object_rings]
    skeletons = [np.asarray(item.get("keypoints", ()), dtype=np.float64).reshape(-1, 3) for item in items]
    masks = np.full(len(items), None, dtype=object)
    for index, item in enumerate(items):
        masks[index] = item.get("mask")
    nan4 = (np.nan,) * 4
    return Objects(
        row=np.array([item.get("row", index) for index, item in enumerate(items)], dtype=np.int32),
        image=np.array([item["image"] for item in items], dtype=np.int32),
        class_=np.array([item.get("class_", 0) for item in items], dtype=np.int32),
        shape=np.array([item["shape"] for item in items], dtype=np.uint8),
        xywh=np.array([item.get("xywh", nan4) for item in items], dtype=np.float64).reshape(-1, 4),
        rotation=np.array([item.get("rotation", np.nan) for item in items], dtype=np.float64),
        crowd=np.array([item.get("crowd", False) for item in items], dtype=np.bool_),
        image_width=np.array([item["size"][0] for item in items], dtype=np.float64),
        image_height=np.array([item["size"][1] for item in items], dtype=np.float64),
        random_key=np.array([item.get("random_key", i) for i, item in enumerate(items)], dtype=np.uint64),
        points=np.concatenate([*flat, np.zeros((0, 2))]),
        ring_offsets=_offsets([len(ring) for ring in flat]),
        object_offsets=_offsets([len(object_rings) for object_rings in rings]),
        masks=masks,
        keypoints=np.concatenate([*skeletons, np.zeros((0, 3))]),
        keypoint_offsets=_offsets([len(skeleton) for skeleton in skeletons]),
    )


def make_images(*sizes: tuple[float, float]) -> Images:
    """Return images of rows 0.. and the given (W, H)."""
    size = np.array(sizes, dtype=np.float64).reshape(-1, 2)
    return Images(
        row=np.arange(len(size), dtype=np.int32),
        width=size[:, 0],
        height=size[:, 1],
        random_key=np.arange(len(size), dtype=np.uint64),
    )


def read_coco(path: Path) -> tuple[Images, Objects]:
    """Read a COCO instances file; images are ordered by id, annotations by image, then id."""
    coco = json.loads(path.read_text(encoding="utf-8"))
    photos = sorted(coco["images"], key=lambda photo: photo["id"])
    image_rows = {photo["id"]: row for row, photo in enumerate(photos)}
    class_rows = {category["id"]: row for row, category in enumerate(coco["categories"])}
    items = []
    for record in sorted(coco["annotations"], key=lambda record: (image_rows[record["image_id"]], record["id"])):
        photo = photos[image_rows[record["image_id"]]]
        given: Item = {
            "image": image_rows[record["image_id"]],
            "size": (photo["width"], photo["height"]),
            "class_": class_rows[record["category_id"]],
            "xywh": record["bbox"],
            "crowd": bool(record["iscrowd"]),
            "random_key": record["id"],
        }
        segmentation = record["segmentation"]
        if isinstance(segmentation, dict):
            rle = coco_mask.frPyObjects(segmentation, *segmentation["size"])
            items.append(make_item(Shape.MASK, mask=rle, **given))
        else:
            items.append(polygon(*segmentation, **given))
    return make_images(*[(photo["width"], photo["height"]) for photo in photos]), make_objects(*items)


def _offsets(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
