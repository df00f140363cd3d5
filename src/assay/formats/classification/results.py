"""Read classifiers' results: a CSV row an image, with a class, a confidence, and perhaps all classes' probabilities.

The columns are ``image_id`` or ``file_name`` or both, ``label``, ``confidence``, and ``p:CLASS`` for probabilities; the
label may be left to the greatest probability, the confidence to the label's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.dialect import sniff
from assay.formats.identify import Found, Key, explain, find_images, place, told_source
from assay.formats.known import Known
from assay.formats.predictions import Results, blank_predictions
from assay.formats.rejected import Skipped
from assay.formats.table import Row, Table
from assay.project.geometry import Shape

_PROBABILITY = "p:"
_ROWS = 2_000  # whose probabilities are stored at a time


class _FaultError(Exception):
    """Why a row cannot be a prediction."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def read_classifications(
    path: Path,
    known: Known,
    append: Callable[[NDArray[np.float64]], int],
    report: Callable[[float], None] = lambda _share: None,
) -> Results:
    """Read a CSV file of classifications.

    Probabilities are stored as one word for each class row of the project, 0 for classes without a column.

    Args:
        path: The file.
        known: The project's images and classes.
        append: Stores words and returns where they start.
        report: Called with the share 0..1 of the file that has been read.

    Raises:
        InputError: the file cannot be read, lacks the columns that tell image and class, or it cannot be decided which
            images it is about.
    """
    reader = _Reader(Table(path, sniff(path)), known, append)
    for row in reader.table.rows(report):
        reader.take(row)
    return reader.results()


class _Reader:
    def __init__(self, table: Table, known: Known, append: Callable[[NDArray[np.float64]], int]) -> None:
        self.table = table
        self._known = known
        self._append = append
        self._skipped = Skipped()
        place = {name: at for at, name in enumerate(table.header) if name}
        self._id, self._file = place.get("image_id"), place.get("file_name")
        self._label, self._confidence = place.get("label"), place.get("confidence")
        chances = [at for at, name in enumerate(table.header) if name.startswith(_PROBABILITY)]
        self._chances = chances
        self._names = [table.header[at].removeprefix(_PROBABILITY) for at in chances]
        self._check_header()
        self._class_rows = np.array([known.names.get(name, -1) for name in self._names], dtype=np.int64)
        self._width = max(known.names.values(), default=-1) + 1
        self._keys: dict[Key, int] = {}
        self._seen: list[int] = []  # keys of all rows
        self._key: list[int] = []
        self._class: list[int] = []
        self._score: list[float] = []
        self._position: list[int] = []
        self._has_chances: list[bool] = []
        self._start: list[int] = []
        self._waiting: list[NDArray[np.float64]] = []

    def _check_header(self) -> None:
        for columns, wanted in (
            ((self._id, self._file), "image_id or file_name"),
            ((self._label, self._chances[0] if self._chances else None), "label, or p:CLASS for every class"),
        ):
            if all(column is None for column in columns):
                raise InputError(
                    "The table is no list of classifications.",
                    item=str(self.table.path)[:200],
                    expected=f"a column {wanted}",
                    actual=", ".join(self.table.header)[:200],
                )
        for name in self._names:
            if name not in self._known.names:
                self._skipped.note("unknown_class_column", f"column {_PROBABILITY}{name[:60]}")

    def take(self, row: Row) -> None:
        """Read a row, or note why it cannot be a prediction of anything; whose it is, is decided at the end."""
        key = self._keys.setdefault(self._read_key(row), len(self._keys))
        self._seen.append(key)
        try:
            class_, score, chances = self._classify(row)
        except _FaultError as fault:
            self._skipped.note(fault.reason, f"{row.place}: {fault}")
            return
        self._key.append(key)
        self._class.append(class_)
        self._score.append(score)
        self._position.append(row.position)
        self._has_chances.append(chances is not None)
        if chances is not None:
            words = np.zeros(self._width)
            told = self._class_rows >= 0
            words[self._class_rows[told]] = chances[told]
            self._waiting.append(words)
            if len(self._waiting) == _ROWS:
                self._store()

    def _read_key(self, row: Row) -> Key:
        value = "" if self._id is None else row.cells[self._id]
        name = "" if self._file is None else row.cells[self._file]
        return value or None, name or None

    def _classify(self, row: Row) -> tuple[int, float, NDArray[np.float64] | None]:
        """Return class row, confidence and probabilities."""
        if row.surplus:
            raise _FaultError("row_too_long", row.describe_surplus())
        chances = self._read_chances(row)
        name = "" if self._label is None else row.cells[self._label]
        if not name:
            if chances is None:
                raise _FaultError("no_label", f"{_name(self._read_key(row))}: neither label nor probabilities")
            name = self._names[int(chances.argmax())]
        class_ = self._known.names.get(name)
        if class_ is None:
            raise _FaultError("unknown_class", f"class {name[:100]}")
        told = "" if self._confidence is None else row.cells[self._confidence]
        if told:
            return class_, _read_share(told, "score"), chances
        if chances is not None and name in self._names:
            return class_, float(chances[self._names.index(name)]), chances
        if self._confidence is not None:
            raise _FaultError("score_not_a_number", "no confidence")
        return class_, 1.0, chances  # the classifier says no more than its class

    def _read_chances(self, row: Row) -> NDArray[np.float64] | None:
        texts = [row.cells[at] for at in self._chances]
        if not any(texts):
            return None
        try:
            chances = np.array([float(text) for text in texts])
            if ((chances >= 0) & (chances <= 1)).all():
                return chances
        except ValueError:
            pass  # one of them is told below
        for text in texts:
            _read_share(text, "probability")
        return None

    def _store(self) -> None:
        if self._waiting:
            first = self._append(np.concatenate(self._waiting))
            self._start += [first + self._width * at for at in range(len(self._waiting))]
            self._waiting.clear()

    def results(self) -> Results:
        """Return everything that was read.

        Raises:
            InputError: it cannot be decided which images it is about.
        """
        self._store()
        has_chances = np.array(self._has_chances, dtype=np.bool_)
        start = np.zeros(len(self._key), dtype=np.int64)
        start[has_chances] = self._start
        keys, item = list(self._keys), str(self.table.path)
        seen = np.bincount(np.array(self._seen, dtype=np.int64), minlength=len(keys))
        found = find_images(self._known.images, keys, seen.tolist(), item=item, from_table=True)
        placed = place(self._known, found, range(len(keys)), None, seen.tolist(), item=item)
        image = placed.rows[np.array(self._key, dtype=np.int64)] if keys else np.zeros(0, np.int32)
        kept = self._note_lost(image, keys, found)
        known = int(seen[[bool(rows) for rows in found.rows]].sum()) if keys else 0
        return Results(
            image=image[kept],
            class_=np.array(self._class, dtype=np.int32)[kept],
            score=np.array(self._score, dtype=np.float64)[kept],
            shape=np.full(int(kept.sum()), Shape.LABEL, dtype=np.uint8),
            columns=blank_predictions(np.array(self._position, dtype=np.int64)[kept]),
            probability_start=start[kept],
            probability_count=np.where(has_chances, self._width, 0).astype(np.int32)[kept],
            area_rule="bbox",
            known_images=known,
            unknown_images=int(seen.sum()) - known,
            skipped=self._skipped,
            matched_by=found.count_by(seen.tolist()),
            source=placed.source,
            warnings=found.warnings + ([told_source(placed.source, "rows")] if placed.source else []),
        )

    def _note_lost(self, image: NDArray[np.int32], keys: list[Key], found: Found) -> NDArray[np.bool_]:
        """Note rows without an image of their own; return which are left."""
        kept = np.ones(len(image), dtype=np.bool_)
        first: dict[int, int] = {}
        for at, (row, key) in enumerate(zip(image.tolist(), self._key, strict=True)):
            fault = explain(self._known.images, keys[key], found.rows[key], row, from_table=True)
            if fault is None and found.contrary[key]:
                fault = ("image_mismatch", f"{_name(keys[key])}: id and file name stand for different images")
            if fault is None and row in first:
                fault = ("duplicate_image", f"{_name(keys[key])} has row {self._position[first[row]] + 1} already")
            if fault is None:
                first[row] = at
                continue
            kept[at] = False
            self._skipped.note(fault[0], f"row {self._position[at] + 1}: {fault[1]}")
        return kept


def _name(key: Key) -> str:
    value, name = key
    told = [] if value is None else [f"image id {value[:100]}"]
    return ", ".join(told if name is None else [*told, f"file {name[:100]}"])


def _read_share(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise _FaultError(f"{what}_not_a_number", f"{what} {text[:60] or 'nothing'}")
    if not 0 <= value <= 1:
        raise _FaultError(f"{what}_out_of_range", f"{what} {text[:60]}")
    return value
