"""Write a project as a YOLO dataset: data.yaml, a label file an image, pictures; or predictions as Ultralytics does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from assay.formats.format import Options, Writing
from assay.formats.json_text import load
from assay.formats.writing.contents import Batch, Contents, Image
from assay.formats.writing.names import safe_part
from assay.formats.writing.outlines import (
    Ring,
    box_corners,
    enclosing_box,
    has_holes,
    join_rings,
    least_rectangle,
    outline_rings,
)
from assay.formats.yolo.dataset import SPLITS
from assay.formats.yolo.rows import Task
from assay.project.geometry import Shape
from assay.project.store import Connection

_OWN_FIELDS = frozenset(("split", "rotation", "score", "confidence"))  # which stand elsewhere in the export
_OF_KEYPOINTS = ("flip_idx", "kpt_names")
_SAME = 1e-6  # pixels by which what is cut off does not count
_KEYPOINT = 3


class YoloExport(Options):
    """What lines are: boxes, polygons, keypoints or oriented boxes; by default what the annotations are."""

    task: Task | None = None


def write_yolo(writing: Writing) -> dict[str, Any]:
    """Write a YOLO dataset, or a prediction set as text files with confidences; see :class:`YoloExport`."""
    is_predicted = writing.selection.prediction_set is not None
    contents = writing.contents(by_stem=not is_predicted, folder_of=(lambda _: "") if is_predicted else _folder_of)
    with writing.store.read() as cursor:
        told = _read_description(cursor, writing.selection.sources)
        task = writing.options.get("task") or _choose_task(cursor, writing, told)
        points = _count_keypoints(cursor, writing) if task == "pose" else 0
    lines = _Lines(contents, task, points)
    writing.stage("Writing labels", len(contents.images))
    layout = _Layout(contents.images, is_predicted=is_predicted)
    with writing.open_folder() as output:
        for batch in contents.batches():
            for at, image, places in batch.per_image():
                text = "".join(lines.write(batch, place, image) for place in places)
                if text or not is_predicted:
                    output.write(f"labels/{layout.label_name(at)}", text.encode())
                if not is_predicted:
                    contents.place_picture(output, image, f"images/{layout.picture_name(at)}", writing.placement)
            writing.progress(batch.first + len(batch.images), None)
        description = _describe(contents.class_names, task, points, told, {} if is_predicted else layout.splits)
        output.write("data.yaml", description.encode())
    _count_losses(contents, layout, has_own_ids=not is_predicted and _has_own_ids(writing))
    return contents.result() | {"task": task}


class _Layout:
    """Where files lie below ``images`` and ``labels``: in a folder of their split, where there are splits."""

    def __init__(self, images: list[Image], *, is_predicted: bool) -> None:
        told = [None if is_predicted else _split_folder(image.split) for image in images]
        self.unassigned = sum(split is None for split in told) if any(told) else 0
        self._folders = [f"{split or 'train'}/" if any(told) else "" for split in told]
        self._images = images
        stems = Counter(str(PurePosixPath(image.name).with_suffix("")) for image in images)
        self._shared = {stem for stem, count in stems.items() if count > 1} if is_predicted else set()
        order = {split: at for at, split in enumerate(dict.fromkeys(SPLITS.values()))}
        used = sorted({folder.rstrip("/") for folder in self._folders}, key=lambda s: (order.get(s, len(order)), s))
        self.splits = {split or "train": f"images/{split}".rstrip("/") for split in used}
        for needed in ("train", "val"):  # without which Ultralytics takes no dataset
            self.splits.setdefault(needed, next(iter(self.splits.values()), "images"))
        both = self.splits["train"] if self.splits["train"] == self.splits["val"] else None
        self.in_train_and_val = sum(f"images/{folder}".rstrip("/") == both for folder in self._folders)

    def picture_name(self, at: int) -> str:
        """Return an image's file below the folder of images."""
        return self._folders[at] + self._images[at].name

    def label_name(self, at: int) -> str:
        """Return an image's label file; its ending stays in it where predictions have none but the name to go by."""
        name = PurePosixPath(self.picture_name(at))
        stem = str(name.with_suffix(""))
        return f"{name if stem in self._shared else stem}.txt"


def _split_folder(split: str | None) -> str | None:
    name = None if split is None else "".join(c if c.isalnum() or c in "-_." else "_" for c in split).strip(".")
    return None if not name else SPLITS.get(name.lower(), safe_part(name))


def _folder_of(split: str | None) -> str:
    return _split_folder(split) or "train"


class _Lines:
    """Writes objects as lines, and counts what they cannot say."""

    def __init__(self, contents: Contents, task: Task, points: int) -> None:
        self._lost = contents.lost
        self._contents = contents
        self._points = points
        self._is_predicted = contents.selection.prediction_set is not None
        make: dict[Task, Callable[[Batch, int, NDArray[np.float64]], list[float] | None]] = {
            "detect": self._box,
            "segment": self._polygon,
            "obb": self._rectangle,
            "pose": self._pose,
        }
        self._make = make[task]

    def write(self, batch: Batch, at: int, image: Image) -> str:
        """Return an object's line; nothing, and count why, where there can be none."""
        if not image.width or not image.height:
            self._lost["image_size_unknown"] += 1
            return ""
        if batch.objects.shape[at] == Shape.LABEL:
            self._lost["image_labels"] += 1
            return ""
        size = np.array([image.width, image.height], dtype=np.float64)
        values = self._make(batch, at, size)
        if values is None:
            return ""
        self._count(batch, at)
        if self._is_predicted:
            values.append(float(batch.details.score[at]))
        self._contents.annotations += 1
        return f"{batch.objects.class_[at]} {' '.join(f'{value:.10g}' for value in values)}\n"

    def _count(self, batch: Batch, at: int) -> None:
        extra = batch.details.extra[at]
        attributes = extra.get("attributes")
        others = attributes if isinstance(attributes, dict) else {}
        self._lost["annotation_fields"] += bool(
            (extra.keys() - _OWN_FIELDS - {"attributes"}) | (others.keys() - {"rotation"})
        ) or (attributes is not None and not isinstance(attributes, dict))
        self._lost["crowd_flags"] += bool(batch.objects.crowd[at])
        if self._make != self._pose:
            first, last = batch.objects.keypoint_offsets[at : at + 2]
            self._lost["keypoints"] += bool(first < last)
        if self._make in (self._box, self._pose):
            shape = batch.objects.shape[at]
            self._lost["outlines_as_boxes"] += shape in (Shape.POLYGON, Shape.MASK)
            self._lost["rotations"] += shape == Shape.ROTATED_BOX

    def _box(self, batch: Batch, at: int, size: NDArray[np.float64]) -> list[float] | None:
        box = enclosing_box(batch.objects, at)
        if np.isnan(box).any() or (box[2:] < 0).any():
            self._lost["boxes_of_negative_size" if (box[2:] < 0).any() else "no_shape"] += 1
            return None
        cut = self._cut(np.stack([box[:2], box[:2] + box[2:]]), size)
        if cut is None:
            return None
        centre = (cut[0] + cut[1]) / 2
        if np.array_equal(cut[0], box[:2]):  # not cut: sides as they are, without the rounding of a sum
            return [*((box[:2] + box[2:] / 2) / size), *(box[2:] / size)]
        return [*(centre / size), *((cut[1] - cut[0]) / size)]

    def _polygon(self, batch: Batch, at: int, size: NDArray[np.float64]) -> list[float] | None:
        shape = batch.objects.shape[at]
        rings = [ring for ring in outline_rings(batch.objects, at) if len(ring)]
        if not rings:
            box = enclosing_box(batch.objects, at)
            if np.isnan(box).any():
                self._lost["no_shape"] += 1
                return None
            rings = [box_corners(box)]
            self._lost["boxes_as_polygons"] += 1
        self._lost["masks_as_polygons"] += shape == Shape.MASK
        self._lost["mask_holes"] += shape == Shape.MASK and has_holes(batch.objects.masks[at], rings)
        self._lost["rotated_boxes_as_polygons"] += shape == Shape.ROTATED_BOX
        self._lost["parts_joined"] += len(rings) > 1
        points = join_rings(rings)
        if len(points) < 3:
            points = np.concatenate([points, np.repeat(points[-1:], 3 - len(points), axis=0)])
        cut = self._cut(points, size)
        return None if cut is None else [*(cut / size).ravel()]

    def _rectangle(self, batch: Batch, at: int, size: NDArray[np.float64]) -> list[float] | None:
        rings: list[Ring] = outline_rings(batch.objects, at)
        shape = batch.objects.shape[at]
        if not rings:
            box = enclosing_box(batch.objects, at)
            if np.isnan(box).any():
                self._lost["no_shape"] += 1
                return None
            rings = [box_corners(box)]
        points = rings[0] if shape not in (Shape.POLYGON, Shape.MASK) else least_rectangle(np.concatenate(rings))
        self._lost["outlines_as_rectangles"] += shape in (Shape.POLYGON, Shape.MASK)
        cut = self._cut(points, size)
        return None if cut is None else [*(cut / size).ravel()]

    def _pose(self, batch: Batch, at: int, size: NDArray[np.float64]) -> list[float] | None:
        box = self._box(batch, at, size)
        if box is None:
            return None
        first, last = batch.objects.keypoint_offsets[at : at + 2]
        points = np.zeros((self._points, _KEYPOINT))
        points[: last - first] = batch.objects.keypoints[first:last]
        self._lost["keypoints_padded"] += 0 < last - first < self._points
        inside = np.clip(points[:, :2], 0, size)
        self._lost["keypoints_cut_to_image"] += bool((np.abs(inside - points[:, :2]) > _SAME).any())
        points[:, :2] = inside / size
        return [*box, *points.ravel()]

    def _cut(self, points: Ring, size: NDArray[np.float64]) -> Ring | None:
        """Return points moved into the image, outside of which trainers take none; None where nothing is inside."""
        cut = np.clip(points, 0, size)
        if np.abs(cut - points).max(initial=0) > _SAME:
            extent, left = np.ptp(points, axis=0), np.ptp(cut, axis=0)
            if ((left == 0) & ((extent > 0) | (cut[0] != points[0]))).any():
                self._lost["outside_image"] += 1
                return None
            self._lost["cut_to_image"] += 1
        return cut


def _describe(names: list[str], task: Task, points: int, told: dict[str, Any], splits: dict[str, str]) -> str:
    import yaml  # noqa: PLC0415 - of use here alone

    content: dict[str, Any] = {**splits, "nc": len(names), "names": dict(enumerate(names)), "task": task}
    if task == "pose":
        content["kpt_shape"] = [points, _KEYPOINT]
        kept = told.get("description", {})
        if kept.get("kpt_shape", [0])[0] == points:
            content |= {key: kept[key] for key in _OF_KEYPOINTS if key in kept}
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
    return text


def _read_description(cursor: Connection, sources: list[int]) -> dict[str, Any]:
    """Return what the sources' own description said; empty where it was none of YOLO, or several differ."""
    rows = cursor.execute("SELECT header FROM source WHERE list_contains(?, source)", [sources]).fetchall()
    told = [load(header).get("yolo") for (header,) in rows]
    return told[0] if told and isinstance(told[0], dict) and all(each == told[0] for each in told) else {}


def _choose_task(cursor: Connection, writing: Writing, told: dict[str, Any]) -> Task:
    """Return the sources' own task, else the one that says most of the objects."""
    selection = writing.selection
    if told.get("task") in get_args(Task) and selection.prediction_set is None:
        return told["task"]  # type: ignore[no-any-return]
    table = "annotation" if selection.prediction_set is None else 'prediction WHERE "set" = $set'
    cursor.register("chosen", {"row": selection.images})
    found = cursor.execute(
        f"SELECT shape, count(*), count(*) FILTER (keypoint_count > 0) FROM (SELECT * FROM {table}) "
        "WHERE image IN (SELECT row FROM chosen) GROUP BY 1",
        {} if selection.prediction_set is None else {"set": selection.prediction_set},
    ).fetchall()
    cursor.unregister("chosen")
    counts = Counter({shape: count for shape, count, _ in found})
    outlined = counts[Shape.POLYGON] + counts[Shape.MASK]
    if any(posed for _, _, posed in found):
        return "pose"
    if counts[Shape.ROTATED_BOX] > outlined:
        return "obb"
    return "segment" if outlined else "detect"


def _count_keypoints(cursor: Connection, writing: Writing) -> int:
    chosen = writing.selection.prediction_set
    table = "annotation" if chosen is None else f'(SELECT * FROM prediction WHERE "set" = {int(chosen)})'
    cursor.register("chosen", {"row": writing.selection.images})
    [(most,)] = cursor.execute(
        f"SELECT coalesce(max(keypoint_count), 0) FROM {table} WHERE image IN (SELECT row FROM chosen)"
    ).fetchall()
    cursor.unregister("chosen")
    return max(1, int(most) // _KEYPOINT)


def _has_own_ids(writing: Writing) -> bool:
    with writing.store.read() as cursor:
        kinds = {kind for (kind,) in cursor.execute("SELECT kind FROM source").fetchall()}
    return bool(kinds - {"yolo", "folder"})


def _count_losses(contents: Contents, layout: _Layout, *, has_own_ids: bool) -> None:
    lost = contents.lost
    lost["images_without_split_in_train"] += layout.unassigned
    if contents.selection.prediction_set is not None:
        return
    lost["images_in_train_and_val"] += layout.in_train_and_val
    lost["image_fields"] += sum(bool(image.extra.keys() - _OWN_FIELDS) for image in contents.images)
    contents.count_supercategories()
    if has_own_ids:
        lost["image_ids"] += len(contents.images)
        lost["annotation_ids"] += contents.annotations
