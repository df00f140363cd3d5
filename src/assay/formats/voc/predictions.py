"""Read predictions in Pascal VOC's way: a text file a class, or an XML file an image with confidences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from assay.errors import InputError
from assay.formats.format import Append
from assay.formats.gathering import RecordFault
from assay.formats.known import Known
from assay.formats.label_text import each_line, read_label_bytes, to_text
from assay.formats.matching import Records, match
from assay.formats.predictions import Results
from assay.formats.voc.boxes import read_sides, to_box
from assay.formats.voc.files import read_root
from assay.media.files import list_images

_SCORES = ("confidence", "score", "conf")


def read_predictions(path: Path, known: Known, _append: Append, report: Callable[[float], None]) -> Results:
    """Read a folder of results, or one file.

    A text file is about the class that its name ends in (``comp4_det_test_car.txt``), a line is an image's name, a
    confidence and four sides; an XML file is an annotation whose objects have a ``confidence``.

    Raises:
        InputError: there is nothing to read, or it cannot be decided which images are meant.
    """
    root = path if path.is_dir() else path.parent
    names = list_images(path, ["*.txt", "*.xml"]) if path.is_dir() else [path.name]
    records, boxes = Records(), list[list[float]]()
    where, positions = dict[int, str](), count()
    for at, name in enumerate(names):
        read = _read_xml if name.lower().endswith(".xml") else _read_text
        read(root / name, name, known.names, records, boxes, where, positions)
        report(at / len(names))
    if not records.seen:
        raise InputError(
            "There are no predictions.",
            item=str(path),
            expected="a text file a class, or XML files with confidences",
            actual=f"{len(names):,} files without any",
        )
    columns = records.blank_columns()
    columns["xywh"][:] = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return match(path, known, records, columns, tell=lambda at: where[at])


def class_of_file(stem: str, known: Collection[str]) -> str:
    """Return the class that a file of results is about: the longest end of its name that a class has."""
    parts = stem.split("_")
    ends = ["_".join(parts[at:]) for at in range(len(parts))]
    return next((end for end in ends if end in known), parts[-1])


def _read_text(
    file: Path,
    name: str,
    known: Collection[str],
    records: Records,
    boxes: list[list[float]],
    where: dict[int, str],
    positions: Iterator[int],
) -> None:
    class_ = class_of_file(PurePosixPath(name).stem, known)
    text, _ = to_text(read_label_bytes(file))
    for number, line in enumerate(each_line(text), start=1):
        words = line.rsplit(maxsplit=5)
        if not words:
            continue
        told, position = f"{name}:{number}", next(positions)
        try:
            score, left, top, right, bottom = (float(word) for word in words[1:])
        except ValueError:
            records.skipped.note("line_not_a_result", f"{told}: {line[:100]}")
            continue
        key = (None, words[0])
        box = to_box((left, top, right, bottom), "pixels")
        if not np.isfinite(box).all() or min(box[2:]) < 0:
            records.skip(key, "voc_box_turned", f"{told}: {line[:100]}")
        elif records.add(key, class_, score, position, told):
            boxes.append(box)
            where[position] = told


def _read_xml(
    file: Path,
    name: str,
    _known: Collection[str],
    records: Records,
    boxes: list[list[float]],
    where: dict[int, str],
    positions: Iterator[int],
) -> None:
    root = read_root(file)
    told = (root.findtext("filename") or "").strip()
    key = (None, told or str(PurePosixPath(name).with_suffix("")))
    for at, each in enumerate(root.findall("object"), start=1):
        place, position = f"{name}: object {at}", next(positions)
        score: Any = next((text for tag in _SCORES if (text := each.findtext(tag)) is not None), None)
        try:
            box = to_box(read_sides(each.find("bndbox")), "pixels")
            score = None if score is None else float(score)
        except RecordFault as fault:
            records.skip(key, fault.reason, f"{place}: {fault}")
            continue
        except ValueError:
            pass  # told as a score that is no number
        if records.add(key, (each.findtext("name") or "").strip(), score, position, place):
            boxes.append(box)
            where[position] = place
