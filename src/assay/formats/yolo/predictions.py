"""Read predictions as Ultralytics writes them: text files with confidences, or the predictions.json of a validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.coco.results import read_results
from assay.formats.doctor import Doctor
from assay.formats.format import Append
from assay.formats.known import Known
from assay.formats.label_text import read_label_bytes
from assay.formats.matching import ClassNames, Records, match
from assay.formats.predictions import COLUMNS, Results
from assay.formats.rejected import RejectedRecords
from assay.formats.segmentations import object_shapes
from assay.formats.yolo.dataset import find_class_names
from assay.formats.yolo.rows import Rows, Task, make_columns, read_rows
from assay.media.files import list_images
from assay.stopping import stoppable

_BOX, _ORIENTED, _LEAST_POLYGON = 6, 10, 8  # values of a line with its confidence
_INSIDE = 0.2  # of a box's sides by which keypoints may lie outside


@dataclass(frozen=True)
class _Lines:
    """Lines of label files, whose values are in ``rows``, without those of the confidence.

    Attributes:
        names: The label file of each, below the folder.
        score: Of each.
    """

    rows: Rows
    names: list[str]
    score: list[float]


def read_predictions(path: Path, known: Known, append: Append, report: Callable[[float], None]) -> Results:
    """Read a folder of text files, one of them, or a predictions.json.

    Raises:
        InputError: there is nothing to read, it has no confidences, or it cannot be decided which images are meant.
    """
    if path.suffix.lower() == ".json":
        return read_results(path, known, append, report, find_classes=_by_json(known), prepare=_unbox)
    records = Records()
    lines = _read_lines(path, records, report)
    names, task, shape = find_class_names(path)
    task, keypoints = _recognise(lines.rows, task, shape)
    warnings: list[str] = []
    classes = _class_of(known, {int(value) for value in lines.rows.numbers[lines.rows.start]}, names, warnings)
    index = _add(lines, records, keypoints)

    def tell(at: int) -> str:
        return _place(lines.names[at], lines.rows.line[at])

    columns = records.blank_columns() | {"index": np.array(index, dtype=np.int64)}
    found = match(path, known, records, columns, classes=ClassNames(classes), called="class", tell=tell)
    found.warnings.extend(warnings)
    return _fill(found, known, lines.rows, task, keypoints, append)


def _read_lines(path: Path, records: Records, report: Callable[[float], None]) -> _Lines:
    root = path if path.is_dir() else path.parent
    names = list_images(path, ["*.txt"]) if path.is_dir() else [path.name]
    names = [name for name in names if Path(name).name not in ("classes.txt", "train.txt", "val.txt", "test.txt")]
    read, doctor, rejected = Rows(), Doctor(), RejectedRecords()
    for at, name in enumerate(names):
        read_rows(read_label_bytes(root / name), at, name, read, rejected, doctor)
        if at % 256 == 0:
            report(at / len(names))
    if not len(read.length) and not rejected.total:
        raise InputError(
            "There are no predictions.", item=str(path), expected="text files with a line an object", actual="none"
        )
    records.skipped.merge(rejected.told)
    values, rows, score = read.numbers, Rows(), list[float]()
    lengths = list(read.length)
    tracked = set(lengths) == {_BOX + 1} and all(value.is_integer() for value in values[_BOX :: _BOX + 1].tolist())
    cut = 2 if tracked else 1  # a track's number stands behind the confidence
    of: list[str] = []
    for at, start in enumerate(stoppable(read.start.tolist())):
        own, name = values[start : start + lengths[at]].tolist(), names[read.image[at]]
        if len(own) == _BOX - 1:
            records.skip((None, image_name(name)), "no_confidence", _place(name, read.line[at]))
            continue
        rows.add(read.image[at], read.line[at], own[:-cut])
        score.append(own[-cut])
        of.append(name)
    if not len(rows.length) and records.skipped.reasons["no_confidence"]:
        raise InputError(
            "The predictions have no confidence.",
            item=str(path),
            expected="lines whose last value is one: class x y width height confidence",
            actual=records.skipped.examples["no_confidence"][0],
            hint="Write them with save_conf=True.",
        )
    return _Lines(rows, of, score)


def image_name(label: str) -> str:
    """Return what a label file says of its image's name: its path without the folder of the labels."""
    parts = label.split("/")
    at = max((at for at, part in enumerate(parts[:-1]) if part == "labels"), default=-1)
    return "/".join(parts[at + 1 :])[: -len(".txt")]


def _recognise(rows: Rows, told: Task | None, shape: tuple[int, int] | None) -> tuple[Task, tuple[int, int] | None]:
    """Return what lines are, by what data.yaml says or how many values they have; see :func:`recognise_task`."""
    lengths = set(rows.length)
    if shape is not None and _BOX - 1 + shape[0] * shape[1] in lengths:
        return "pose", shape
    if told is not None and told != "pose":
        return told, None
    if lengths == {_ORIENTED - 1}:
        return "obb", None
    if len(lengths) == 1 and (length := next(iter(lengths))) > _BOX - 1 and (length - _BOX + 1) % 3 == 0:
        values = rows.numbers.reshape(-1, length)
        points, centre, half = values[:, 5:].reshape(len(values), -1, 3), values[:, None, 1:3], values[:, None, 3:5] / 2
        labelled = points[..., 2] > 0
        inside = (np.abs(points[..., :2] - centre) <= half * (1 + 2 * _INSIDE)).all(axis=2) & labelled
        if 2 * np.count_nonzero(inside) > np.count_nonzero(labelled):
            return "pose", ((length - _BOX + 1) // 3, 3)
    return ("detect" if lengths <= {_BOX - 1} else "segment"), None


def _add(lines: _Lines, records: Records, keypoints: tuple[int, int] | None) -> list[int]:
    """Add the lines that fit the task to the records; return which they are."""
    posed = 0 if keypoints is None else _BOX - 1 + keypoints[0] * keypoints[1]
    index: list[int] = []
    for at, length in enumerate(lines.rows.length):
        where, key = _place(lines.names[at], lines.rows.line[at]), (None, image_name(lines.names[at]))
        fits = length in (_BOX - 1, posed) or (not posed and length >= _LEAST_POLYGON - 1 and length % 2 == 1)
        if not fits:
            records.skip(key, "row_of_odd_length", f"{where}: {length + 1} values")
        elif records.add(key, int(lines.rows.numbers[lines.rows.start[at]]), lines.score[at], at, where):
            index.append(at)
    return index


def _fill(
    found: Results, known: Known, rows: Rows, task: Task, keypoints: tuple[int, int] | None, append: Append
) -> Results:
    """Return results with the coordinates of their lines, in pixels of their images."""
    index = found.columns.pop("index")
    size = np.array([known.images.size_of(row) for row in found.image.tolist()], dtype=np.float64).reshape(-1, 2)
    sized = ~np.isnan(size).any(axis=1)
    for at in np.flatnonzero(~sized).tolist():
        found.skipped.note("image_size_unknown", known.images.name_of[int(found.image[at])])
    made, _ = make_columns(rows.take(index[sized]), size[sized], task, keypoints, append)
    rotation = made.pop("rotation", np.full(int(sized.sum()), np.nan))
    columns: dict[str, NDArray[Any]] = {name: made[name] for name in COLUMNS} | {"rotation": rotation}
    columns["position"] = found.columns["position"][sized]
    return replace(
        found,
        image=found.image[sized],
        class_=found.class_[sized],
        score=found.score[sized],
        shape=object_shapes(columns, rotation).astype(np.uint8),
        probability_start=found.probability_start[sized],
        probability_count=found.probability_count[sized],
        columns=columns,
        area_rule="segmentation" if task == "segment" else "bbox",
    )


def _place(name: str, line: int) -> str:
    return f"{name}:{line}"


def _class_of(known: Known, used: Collection[int], names: dict[int, str], warnings: list[str]) -> dict[Any, int]:
    """Return the class rows of the numbers that are used.

    They are those of the names beside the predictions; else the sources' own, as of a YOLO dataset, where one of those
    is 0; else the project's classes in their order, as its export as YOLO numbers them.
    """
    if names:
        return {number: known.names[name] for number, name in names.items() if name in known.names}
    source = next((source.number for source in known.sources if known.classes.find(source.number, 0) is not None), None)
    if source is not None:
        own = {number: known.classes.find(source, number) for number in used}
        return {number: row for number, row in own.items() if row is not None}
    rows = sorted(known.names.values())
    titles = {row: name for name, row in known.names.items()}
    if used and rows:
        first = min(number for number in used)
        told = titles[rows[first]] if first < len(rows) else "none"
        warnings.append(
            "There is no data.yaml beside the predictions: class numbers were taken for places among the project's "
            f"classes, {first} for {told}."
        )
    return dict(enumerate(rows))


def _by_json(known: Known) -> Callable[[Collection[Any]], Any]:
    """Return what finds the classes of a predictions.json.

    Its numbers start at 1, of older versions at 0, but for COCO's, which are COCO's own.
    """

    def find(ids: Collection[Any]) -> Any:
        numbers = [each for each in ids if type(each) is int]
        starts_at_zero = any(known.classes.find(source.number, 0) is not None for source in known.sources)
        if not starts_at_zero and 0 not in numbers:
            return known.classes
        rows = sorted(set(known.names.values()))
        return ClassNames({at + (0 not in numbers): row for at, row in enumerate(rows)})

    return find


def _unbox(record: dict[str, Any]) -> None:
    """Turn an oriented box, ``rbox`` with centre, sides and radians, into a box that is turned by degrees."""
    box = record.get("rbox")
    if isinstance(box, list) and len(box) == 5 and all(isinstance(each, int | float) for each in box):
        x, y, width, height, angle = box
        record["bbox"] = [x - width / 2, y - height / 2, width, height]
        record["attributes"] = {"rotation": math.degrees(angle)}
