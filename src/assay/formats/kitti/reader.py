"""Read KITTI's labels as a source, or as predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np

from assay.errors import InputError
from assay.formats.format import Append, Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, read_shown_size
from assay.formats.kitti.lines import parse_line, read_lines
from assay.formats.known import Known
from assay.formats.matching import Records, match
from assay.formats.predictions import Results
from assay.formats.source import Source
from assay.media.files import list_images

_LABELS = ("label_2", "training/label_2", "labels", "label")
_TWINS = {"label_2": "image_2", "labels": "images", "label": "image", "label_02": "image_02"}


def find_folders(path: Path) -> tuple[Path, Path]:
    """Return the folders of labels and of images of a dataset, given its own or that of its labels."""
    labels = next((path / name for name in _LABELS if (path / name).is_dir()), path)
    twin = labels.parent / _TWINS.get(labels.name, labels.name)
    return labels, twin if twin.is_dir() else labels


def read_kitti(reading: Reading) -> Source:
    """Read a folder of label files; images without one have no objects.

    Raises:
        InputError: there is no image, or a file cannot be read.
    """
    reading.stage("Looking for images", None)
    labels, _ = find_folders(reading.labels)
    names = list_images(reading.images)
    files = {str(PurePosixPath(name).with_suffix("")): name for name in list_images(labels, ["*.txt"])}
    stems = {str(PurePosixPath(name).with_suffix("")) for name in names}
    names += [f"{stem}.png" for stem in files if stem not in stems]  # of pictures that are missing
    if not files:
        raise InputError(
            "The folder holds no labels.", item=str(labels), expected="text files of KITTI's lines", actual="none"
        )
    found = Gathering(reading.append, reading.known)
    reading.stage("Reading labels", len(names))
    for done, name in enumerate(sorted(names)):
        size = read_shown_size(reading.images / name) or (None, None)
        image = found.add_image(name, width=size[0], height=size[1])
        label = files.get(str(PurePosixPath(name).with_suffix("")))
        for number, line in read_lines(labels / label) if label else ():
            where = f"{label}:{number}"
            try:
                read = parse_line(line)
            except RecordFault as fault:
                found.reject("labels", fault.reason, f"{where}: {fault}", {"file": label, "line": line})
                continue
            extra = read.extra | ({} if read.score is None else {"score": read.score})
            found.add(Thing(image, found.class_place(read.class_), found.number(image), read.box, extra=extra))
        if done % 64 == 0:
            reading.progress(done, len(names))
    return found.finish({}, ["labels"])


def read_predictions(path: Path, known: Known, _append: Append, report: Callable[[float], None]) -> Results:
    """Read a folder of files whose lines end with a score, or one of them; a file's name is its image's.

    Raises:
        InputError: there is nothing to read, or it cannot be decided which images are meant.
    """
    root = find_folders(path)[0] if path.is_dir() else path.parent
    names = list_images(root, ["*.txt"]) if path.is_dir() else [path.name]
    records, boxes, where, total = Records(), list[list[float]](), dict[int, str](), 0
    for at, name in enumerate(names):
        key = (None, str(PurePosixPath(name).with_suffix("")))
        for number, line in read_lines(root / name):
            told, total = f"{name}:{number}", total + 1
            try:
                read = parse_line(line)
            except RecordFault as fault:
                records.skip(key, fault.reason, f"{told}: {fault}")
                continue
            if records.add(key, read.class_, read.score, total - 1, told):
                boxes.append(read.box)
                where[total - 1] = told
        report(at / len(names))
    if not total:
        raise InputError(
            "There are no predictions.", item=str(path), expected="text files of KITTI's lines", actual="none"
        )
    columns = records.blank_columns()
    columns["xywh"][:] = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return match(path, known, records, columns, tell=lambda at: where[at])
