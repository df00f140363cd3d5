"""Read a YOLO dataset as a source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.doctor import Doctor
from assay.formats.format import Reading
from assay.formats.gathering import read_shown_size
from assay.formats.json_text import verbatim
from assay.formats.label_text import read_label_bytes
from assay.formats.rejected import Rejected, RejectedRecords
from assay.formats.source import CategoryColumns, ImageColumns, Source
from assay.formats.yolo.dataset import Dataset, find_dataset, label_of
from assay.formats.yolo.rows import Rows, Task, make_columns, read_rows, recognise_task
from assay.stopping import stoppable

LINES = 100_000
"""An annotation's id is its image's, times this, and the number of its line: it stays while the lines before it do."""


def read_yolo(reading: Reading) -> Source:
    """Read a YOLO dataset: detect, segment, pose or oriented boxes, whichever its lines are.

    Raises:
        InputError: its description cannot be read, or it lists no image.
    """
    doctor = Doctor()
    reading.stage("Looking for images", None)
    dataset = find_dataset(reading.labels, doctor)
    images = _make_images(reading, dataset)
    rows, rejected = Rows(), RejectedRecords()
    reading.stage("Reading labels", len(dataset.images))
    for at, image in enumerate(dataset.images):
        _read_image(at, image, images, rows, rejected, doctor)
        if at % 256 == 0:
            reading.progress(at, None)
    task, keypoints = recognise_task(rows, dataset.keypoints, dataset.header.get("task"))
    place = np.array(rows.image, dtype=np.int32)
    size = np.array([images.width, images.height], dtype=np.float64).T.reshape(-1, 2)[place]
    columns, odd = make_columns(rows, size, task, keypoints, reading.append)
    lost = {"row_of_odd_length": odd, "image_size_unknown": np.isnan(size).any(axis=1) & ~odd}
    start = rows.start
    for reason, mask in lost.items():
        for row in stoppable(np.flatnonzero(mask).tolist()):
            values = rows.values[start[row] : start[row] + rows.length[row]].tolist()
            name = images.file_name[rows.image[row]]
            detail = f"{name}, line {rows.line[row]}: {' '.join(f'{value:g}' for value in values)[:100]}"
            doctor.note(reason, detail, skipped=True)
            record = verbatim({"image": name, "values": values})
            rejected.add(Rejected("labels", rejected.total, reason, detail, record))
    kept = ~np.logical_or.reduce(list(lost.values()))
    extras = _make_extras(columns, rows, kept, images, doctor)
    _note_beyond(rows, kept, task, images, doctor)
    numbers = rows.numbers[start].astype(np.int64)[kept]
    categories, number_place = _make_categories(dataset, numbers, doctor)
    columns = {name: values[kept] for name, values in columns.items()}
    columns["position"] = np.arange(len(numbers), dtype=np.int64)
    line = np.array(rows.line, dtype=np.int64)[kept]
    ids = np.array(images.ids, dtype=np.int64)[place[kept]] * LINES + line
    return Source(
        images,
        categories,
        columns,
        ids.tolist(),
        place[kept],
        np.array([number_place[number] for number in numbers.tolist()], dtype=np.int32),
        extras,
        rejected=rejected,
        header={"yolo": {"task": task, "description": dataset.header}},
        sections=["images", "annotations", "categories"],
        doctor=doctor,
    )


def _make_images(reading: Reading, dataset: Dataset) -> ImageColumns:
    root = os.path.abspath(reading.images)  # noqa: PTH100 - links stay
    names = [os.path.relpath(image, root).replace(os.sep, "/") for image in dataset.images]
    known = dict(reading.known.images)
    following = max(known.values(), default=0) + 1
    for name in names:
        if name not in known:
            known[name], following = following, following + 1
    images = ImageColumns.named([known[name] for name in names], names)
    images.extras = {at: {"split": split} for at, split in enumerate(dataset.splits) if split is not None}
    return images


def _read_image(
    at: int, image: Path, images: ImageColumns, rows: Rows, rejected: RejectedRecords, doctor: Doctor
) -> None:
    if (size := read_shown_size(image)) is not None:
        images.width[at], images.height[at] = size
    file = label_of(image)
    if not os.path.lexists(file):
        doctor.note("image_without_label_file", images.file_name[at])
        return
    read_rows(read_label_bytes(file), at, file.name, rows, rejected, doctor)


def _make_extras(
    columns: dict[str, NDArray[Any]], rows: Rows, kept: NDArray[np.bool_], images: ImageColumns, doctor: Doctor
) -> dict[int, dict[str, Any]]:
    """Take the columns that oriented boxes have beside others', as further fields of those that are kept."""
    rotation, askew = columns.pop("rotation", None), columns.pop("askew", None)
    if rotation is None or askew is None:
        return {}
    extras: dict[int, dict[str, Any]] = {}
    for at, row in enumerate(np.flatnonzero(kept).tolist()):
        extras[at] = {"rotation": float(rotation[row])}
        if not np.isnan(askew[row, 0]):
            extras[at]["corners"] = askew[row].tolist()
            doctor.note("corners_not_a_rectangle", f"{images.file_name[rows.image[row]]}, line {rows.line[row]}")
    return extras


def _note_beyond(rows: Rows, kept: NDArray[np.bool_], task: Task, images: ImageColumns, doctor: Doctor) -> None:
    length, start = np.array(rows.length, dtype=np.int64), rows.start
    column = np.arange(len(rows.numbers)) - np.repeat(start, length)
    beyond = (rows.numbers < 0) | (rows.numbers > 1)
    beyond &= (column > 0) & (column < (5 if task == "pose" else np.iinfo(np.int64).max))
    row = np.repeat(np.arange(len(length)), length)[beyond]
    for each in np.unique(row[kept[row]]).tolist():
        doctor.note("coordinates_beyond_image", f"{images.file_name[rows.image[each]]}, line {rows.line[each]}")


def _make_categories(dataset: Dataset, numbers: Any, doctor: Doctor) -> tuple[CategoryColumns, dict[int, int]]:
    used = sorted(set(numbers.tolist()))
    if not dataset.names and used:
        doctor.note("no_class_names", f"classes {used[0]} to {used[-1]}")
    names = dict(dataset.names)
    for number in used:
        if not names.get(number):
            if dataset.names:
                doctor.note("class_without_name", str(number))
            names[number] = f"class_{number}"
    ids = sorted(names)
    return CategoryColumns.named(list(ids), [names[each] for each in ids]), {each: at for at, each in enumerate(ids)}
