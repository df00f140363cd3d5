"""Read MOTChallenge's sequences as a source, and detections or results as predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import InputError
from assay.formats.format import Append, Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, read_shown_size
from assay.formats.identify import Key
from assay.formats.known import Known
from assay.formats.label_text import is_label_file
from assay.formats.matching import Records, match
from assay.formats.mot.lines import CLASSES, Line, parse_line, read_lines
from assay.formats.mot.sequences import Sequence, find_sequences, is_sequence
from assay.formats.pictures import relative_name
from assay.formats.predictions import Results
from assay.formats.source import Source

ORIGIN = 1
"""The coordinate of the left and upper edge of an image."""

_PERSON = CLASSES[1]


def read_mot(reading: Reading) -> Source:
    """Read sequences; frames are images, also those without a box.

    Raises:
        InputError: there is none, or a file cannot be read.
    """
    reading.stage("Looking for sequences", None)
    origin = reading.kept["origin"] = int(reading.options.get("origin", ORIGIN))
    sequences = find_sequences(reading.labels)
    reading.stage("Reading sequences", len(sequences))
    found = Gathering(reading.append, reading.known)
    for done, sequence in enumerate(sequences):
        _read_sequence(found, sequence, reading, origin)
        reading.progress(done + 1, len(sequences))
    if not found.images.ids:
        raise InputError(
            "The sequences have no frames.", item=str(reading.labels), expected="pictures or boxes", actual="none"
        )
    return found.finish({}, ["labels"])


def _read_sequence(found: Gathering, sequence: Sequence, reading: Reading, origin: int) -> None:
    has_truth = is_label_file(sequence.truth)
    if not has_truth:
        found.doctor.note("mot_without_truth", sequence.name)
    lines = list(_parse(found, sequence)) if has_truth else []
    numbers = {line.frame for _, line in lines} | sequence.pictures.keys() | set(range(1, sequence.length + 1))
    images = {number: _add_frame(found, sequence, number, reading) for number in sorted(numbers)}
    names = sequence.class_names()
    seen: Counter[tuple[int, int]] = Counter()
    for where, line in lines:
        if line.track is not None:
            seen[line.frame, line.track] += 1
            if seen[line.frame, line.track] > 1:
                found.doctor.note("mot_track_twice", f"{where}: track {line.track} in frame {line.frame}")
        image, class_ = images[line.frame], _class_of(line, names)
        left, top, width, height = line.box
        box = [left - origin, top - origin, width, height]
        found.add(Thing(image, found.class_place(class_), found.number(image), box, extra=_fields(line)))


def _parse(found: Gathering, sequence: Sequence) -> Iterator[tuple[str, Line]]:
    for number, line in read_lines(sequence.truth):
        where = f"{sequence.name}/gt.txt:{number}"
        try:
            yield where, parse_line(line)
        except RecordFault as fault:
            found.reject("labels", fault.reason, f"{where}: {fault}", {"sequence": sequence.name, "line": line})


def _add_frame(found: Gathering, sequence: Sequence, number: int, reading: Reading) -> int:
    picture = sequence.folder / sequence.picture_of(number)
    size = (read_shown_size(picture) if number in sequence.pictures else None) or sequence.size
    width, height = size or (None, None)
    extra: dict[str, Any] = {"sequence": sequence.name, "frame_id": number}
    if sequence.split is not None:
        extra["split"] = sequence.split
    return found.add_image(relative_name(picture, reading.images), width=width, height=height, extra=extra)


def _class_of(line: Line, names: dict[int, str]) -> str:
    number = 1 if line.class_ is None else line.class_
    return names.get(number, f"class_{number}")


def _fields(line: Line) -> dict[str, Any]:
    fields = {
        "track_id": line.track,
        "considered": None if line.confidence is None else line.confidence != 0,
        "visibility": line.visibility,
        "world": line.world,
    }
    return {name: value for name, value in fields.items() if value is not None}


def read_predictions(path: Path, known: Known, _append: Append, report: Callable[[float], None]) -> Results:
    """Read the detections of sequences, or files of results, which are called after their sequences.

    Where no line has a confidence but -1 all have 1, which is told; a line without a class is a pedestrian, or of the
    one class that the project has.

    Raises:
        InputError: there is nothing to read, or it cannot be decided which images are meant.
    """
    parsed = (
        (f"{file.name}:{number}", sequence, line)
        for sequence, file in _list_files(path)
        for number, line in read_lines(file)
    )
    records, boxes, kept = Records(), list[list[float]](), list[tuple[Key, Line, str]]()
    for where, sequence, text in parsed:
        try:
            line = parse_line(text)
        except RecordFault as fault:
            records.skip((None, f"{sequence.name}/{sequence.picture_of(1)}"), fault.reason, f"{where}: {fault}")
            continue
        kept.append(((None, f"{sequence.name}/{sequence.picture_of(line.frame)}"), line, where))
    if not records.seen and not kept:
        raise InputError(
            "There are no predictions.", item=str(path), expected="det/det.txt, or a file a sequence", actual="none"
        )
    report(0.5)
    has_none = all(line.confidence in (None, -1) for _, line, _ in kept)
    only = next(iter(known.names)) if len(known.names) == 1 else _PERSON
    for at, (key, line, where) in enumerate(kept):
        class_ = only if line.class_ is None else CLASSES.get(line.class_, f"class_{line.class_}")
        left, top, width, height = line.box
        if records.add(key, class_, 1.0 if has_none else line.confidence, at, where):
            boxes.append([left - ORIGIN, top - ORIGIN, width, height])
    columns = records.blank_columns()
    columns["xywh"][:] = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    found = match(path, known, records, columns, tell=lambda at: kept[at][2])
    if has_none and kept:
        found.warnings.append("No line has a confidence: all count as 1.")
    return found


def _list_files(path: Path) -> Iterator[tuple[Sequence, Path]]:
    """Yield the files of predictions with their sequences."""
    if path.is_file():
        folder = path.parent.parent
        is_own = path.parent.name in ("det", "gt") and is_sequence(folder)
        yield (find_sequences(folder)[0] if is_own else Sequence(path.parent, path.stem)), path
        return
    results = sorted(each for each in path.glob("*.txt") if each.is_file())
    if results and not is_sequence(path):
        yield from ((Sequence(path, each.stem), each) for each in results)
        return
    for sequence in find_sequences(path):
        if is_label_file(sequence.detections):
            yield sequence, sequence.detections
