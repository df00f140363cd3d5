"""Read classifiers' results: a CSV row an image, with a class, a confidence, and perhaps all classes' probabilities.

The columns are ``image_id`` or ``file_name`` or both, ``label``, ``confidence``, and ``p:CLASS`` for probabilities; the
label may be left to the greatest probability, the confidence to the label's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.coco.annotations import read_chunk
from assay.formats.coco.results import COLUMNS, Results, Skipped
from assay.formats.table import Row, Table
from assay.project.geometry import Shape

_PROBABILITY = "p:"
_ROWS = 2_000  # whose probabilities are stored at a time


@dataclass(frozen=True)
class KnownNames:
    """What a project calls its images and classes.

    Attributes:
        ids: Image rows by the source's id, as text.
        files: Image rows by file name.
        classes: Class rows by name.
    """

    ids: Mapping[str, int]
    files: Mapping[str, int]
    classes: Mapping[str, int]


class _FaultError(Exception):
    """Why a row cannot be a prediction."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def read_classifications(
    path: Path,
    known: KnownNames,
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
        InputError: the file cannot be read, or lacks the columns that tell image and class.
    """
    reader = _Reader(Table(path), known, append)
    for row in reader.table.rows(report):
        reader.take(row)
    return reader.results()


class _Reader:
    def __init__(self, table: Table, known: KnownNames, append: Callable[[NDArray[np.float64]], int]) -> None:
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
        self._class_rows = np.array([known.classes.get(name, -1) for name in self._names], dtype=np.int64)
        self._width = max(known.classes.values(), default=-1) + 1
        self._known_images = 0
        self._seen: dict[int, int] = {}
        self._image: list[int] = []
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
            if name not in self._known.classes:
                self._skipped.note("unknown_class_column", f"column {_PROBABILITY}{name[:60]}")

    def take(self, row: Row) -> None:
        """Read a row, or note why it cannot be a prediction."""
        try:
            image = self._find_image(row)
            class_, score, chances = self._classify(row)
        except _FaultError as fault:
            self._skipped.note(fault.reason, f"{row.place}: {fault}")
            return
        self._seen[image] = row.position
        self._image.append(image)
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

    def _find_image(self, row: Row) -> int:
        if row.surplus:
            raise _FaultError("row_too_long", row.describe_surplus())
        by_id = None if self._id is None else self._known.ids.get(row.cells[self._id])
        by_file = None if self._file is None else self._known.files.get(row.cells[self._file])
        self._known_images += by_id is not None or by_file is not None
        if by_id is not None and by_file is not None and by_id != by_file:
            raise _FaultError("image_mismatch", f"{self._name(row)}: id and file name stand for different images")
        image = by_file if by_id is None else by_id
        if image is None:
            raise _FaultError("unknown_image", self._name(row))
        if image in self._seen:
            raise _FaultError("duplicate_image", f"{self._name(row)} has row {self._seen[image] + 1} already")
        return image

    def _name(self, row: Row) -> str:
        told = [
            f"{word} {row.cells[at][:100]}"
            for word, at in (("image id", self._id), ("file", self._file))
            if at is not None
        ]
        return ", ".join(told)

    def _classify(self, row: Row) -> tuple[int, float, NDArray[np.float64] | None]:
        """Return class row, confidence and probabilities."""
        chances = self._read_chances(row)
        name = "" if self._label is None else row.cells[self._label]
        if not name:
            if chances is None:
                raise _FaultError("no_label", f"{self._name(row)}: neither label nor probabilities")
            name = self._names[int(chances.argmax())]
        class_ = self._known.classes.get(name)
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
        """Return everything that was read."""
        self._store()
        count = len(self._image)
        has_chances = np.array(self._has_chances, dtype=np.bool_)
        start = np.zeros(count, dtype=np.int64)
        start[has_chances] = self._start
        return Results(
            image=np.array(self._image, dtype=np.int32),
            class_=np.array(self._class, dtype=np.int32),
            score=np.array(self._score, dtype=np.float64),
            shape=np.full(count, Shape.LABEL, dtype=np.uint8),
            columns=_empty_columns(np.array(self._position, dtype=np.int64)),
            probability_start=start,
            probability_count=np.where(has_chances, self._width, 0).astype(np.int32),
            area_rule="bbox",
            known_images=self._known_images,
            skipped=self._skipped,
        )


def _empty_columns(position: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return the columns of records without coordinates."""
    nothing = read_chunk([], 0)
    columns: dict[str, NDArray[Any]] = {}
    for name in COLUMNS:
        like = getattr(nothing, name)
        columns[name] = np.zeros((len(position), *like.shape[1:]), dtype=like.dtype)
    columns["xywh"][:] = np.nan
    return columns | {"position": position, "rotation": np.full(len(position), np.nan)}


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
