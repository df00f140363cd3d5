"""From a file's predictions to a project's: whose images and classes are meant, decided when all have been read.

A small reader makes a :class:`Records`, adds each record with what the file calls its image and class, fills the
columns of their coordinates, and returns :func:`match`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.formats.fields import is_finite_number
from assay.formats.identify import UNKNOWN, Found, Key, Placed, explain, find_images, place, told_source
from assay.formats.json_text import shorten
from assay.formats.known import Known
from assay.formats.predictions import AreaRule, Results, blank_predictions
from assay.formats.rejected import Skipped
from assay.formats.segmentations import object_shapes
from assay.stopping import poll, stoppable


class ClassFinder(Protocol):
    """What finds the classes that a file names: by ids, as :class:`assay.formats.known.Classes`, or otherwise."""

    def fits(self, source: int, value: Any) -> bool:
        """Tell whether a source of that number can have such a class."""

    def find(self, source: int, value: Any) -> int | None:
        """Return the class's row in records about a source's images; None where there is none."""

    def is_text(self, source: int, value: Any) -> bool:
        """Tell whether it is found only since text and number are taken for one."""


@dataclass(frozen=True)
class ClassNames:
    """Classes by their names, or by whatever else stands for them in a file."""

    rows: Mapping[Any, int]

    def fits(self, _source: int, value: Any) -> bool:
        """Tell whether there is a class of that name: sources share them."""
        return value in self.rows

    def find(self, _source: int, value: Any) -> int | None:
        """Return the row of a name."""
        return self.rows.get(value)

    def is_text(self, _source: int, _value: Any) -> bool:
        """Tell that names are names."""
        return False


@dataclass
class Records:
    """A file's predictions in its own words, ``n`` that can be used.

    Attributes:
        keys: What records say of their images, each once, and its place.
        classes: What they say of their classes, each once, and its place.
        seen: By the key's place, how many records there are, also of those that cannot be used.
        key: The key's place of each.
        class_: The class's place of each.
        score: Their scores.
        position: Their places in the file, from 0.
        skipped: Why others cannot be used.
        noted: Faults of those that are used with what is sound of them.
    """

    keys: dict[Key, int] = field(default_factory=dict)
    classes: dict[Any, int] = field(default_factory=dict)
    seen: list[int] = field(default_factory=list)
    key: list[int] = field(default_factory=list)
    class_: list[int] = field(default_factory=list)
    score: list[float] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    skipped: Skipped = field(default_factory=Skipped)
    noted: Skipped = field(default_factory=Skipped)

    def add(self, image: Key, class_: Any, score: Any, position: int, where: str) -> bool:
        """Add a record; where its score is none in 0..1 it is counted as skipped instead.

        Args:
            image: Id, or None, and file name, or None, of its image.
            class_: What the file calls its class.
            score: Its score.
            position: Its place in the file.
            where: How messages call it: ``a.txt:3``.

        Returns:
            Whether it is one of the ``n``, for whose coordinates a place in the columns is kept.
        """
        place = self.see(image)
        fault = score_fault(score)
        if fault is not None:
            self.skipped.note(fault[0], f"{where}: {fault[1]}")
            return False
        self.key.append(place)
        self.class_.append(self.classes.setdefault(class_, len(self.classes)))
        self.score.append(float(score))
        self.position.append(position)
        return True

    def skip(self, image: Key, reason: str, detail: str) -> None:
        """Count a record that can be no prediction, whose image is known all the same."""
        self.see(image)
        self.skipped.note(reason, detail)

    def see(self, image: Key) -> int:
        """Count a record as one of an image; return the key's place."""
        poll()
        place = self.keys.setdefault(image, len(self.keys))
        if place == len(self.seen):
            self.seen.append(0)
        self.seen[place] += 1
        return place

    def blank_columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns of the ``n``, to be filled: see :func:`assay.formats.predictions.blank_predictions`."""
        return blank_predictions(np.array(self.position, dtype=np.int64))


def score_fault(score: Any) -> tuple[str, str] | None:
    """Return the reason and detail why a score is none, or None where it is a number in 0..1."""
    if not is_finite_number(score):
        return "score_not_a_number", f"score {shorten(score)}"
    return None if 0 <= score <= 1 else ("score_out_of_range", f"score {shorten(score)}")


def match(
    path: Path,
    known: Known,
    records: Records,
    columns: dict[str, NDArray[Any]],
    *,
    classes: ClassFinder | None = None,
    called: str = "class",
    area_rule: AreaRule = "bbox",
    from_table: bool = False,
    tell: Callable[[int], str] = "prediction {}".format,
) -> Results:
    """Return predictions as columns, those left out that are of no image or class of the project.

    Args:
        path: The file, for messages.
        known: The project's images and classes.
        records: What the file says.
        columns: Their coordinates, a row for each of the ``n``, and maybe ``probability_start`` and
            ``probability_count``.
        classes: What finds classes; their names where None.
        called: What `classes` takes, for messages.
        area_rule: What an area is.
        from_table: Whether ids are text only because all is.
        tell: Returns how messages call the record at a place of the file.

    Raises:
        InputError: it cannot be decided which images are meant.
    """
    finder = ClassNames(known.names) if classes is None else classes
    keys, names = list(records.keys), list(records.classes)
    key, class_ = np.array(records.key, dtype=np.int32), np.array(records.class_, dtype=np.int32)
    seen = np.array(records.seen, dtype=np.int64)
    found = find_images(known.images, keys, seen.tolist(), item=str(path), from_table=from_table)
    owners = _settle(path, known, finder, found, names, key, class_)
    image = owners.rows[key] if keys else np.zeros(0, np.int32)
    rows = _classify(known, finder, image, class_, names, found, called)
    kept: NDArray[np.bool_] = (image >= 0) & (rows >= 0)
    for at in stoppable(np.flatnonzero(~kept).tolist()):
        reason, detail = explain(known.images, keys[key[at]], found.rows[key[at]], int(image[at])) or (
            "unknown_class",
            f"{called} {shorten(names[class_[at]])}",
        )
        records.skipped.note(reason, f"{tell(records.position[at])}: {detail}")
    left = {name: column[kept] for name, column in columns.items()}
    count = int(kept.sum())
    matched = int(seen[[bool(each) for each in found.rows]].sum()) if keys else 0
    return Results(
        image=image[kept],
        class_=rows[kept],
        score=np.array(records.score, dtype=np.float64)[kept],
        shape=object_shapes(left, left["rotation"]).astype(np.uint8),
        probability_start=left.pop("probability_start", np.zeros(count, dtype=np.int64)),
        probability_count=left.pop("probability_count", np.zeros(count, dtype=np.int32)),
        columns=left,
        area_rule=area_rule,
        known_images=matched,
        unknown_images=int(seen.sum()) - matched,
        skipped=records.skipped,
        noted=records.noted,
        matched_by=found.count_by(seen.tolist()),
        source=owners.source,
        warnings=found.warnings + ([told_source(owners.source, "records")] if owners.source else []),
    )


def _settle(
    path: Path,
    known: Known,
    finder: ClassFinder,
    found: Found,
    names: list[Any],
    key: NDArray[np.int32],
    class_: NDArray[np.int32],
) -> Placed:
    """Decide whose images are meant: of several sources the one in which all records have image and class."""
    width = max(1, len(names))
    pairs, counts = np.unique(key.astype(np.int64) * width + class_, return_counts=True)
    keys, fitting = (pairs // width).tolist(), list[Collection[int]]()
    for at, number in zip(keys, (pairs % width).tolist(), strict=True):
        owners = {known.images.source_of[row] for row in found.rows[at]}
        fitting.append({each for each in owners if finder.fits(each, names[number])} or owners)
    return place(known, found, keys, fitting, counts.tolist(), item=str(path))


def _classify(
    known: Known,
    finder: ClassFinder,
    image: NDArray[np.int32],
    class_: NDArray[np.int32],
    names: list[Any],
    found: Found,
    called: str,
) -> NDArray[np.int32]:
    """Return the class rows, each by what its image's source calls it; -1 where there is none."""
    owner = np.array([known.images.source_of.get(row, -1) for row in image.tolist()], dtype=np.int64)
    result = np.full(len(image), UNKNOWN, dtype=np.int32)
    as_text = 0
    for source in np.unique(owner[owner >= 0]).tolist():
        own = owner == source
        rows = [finder.find(source, each) for each in names]
        result[own] = np.array([UNKNOWN if row is None else row for row in rows], dtype=np.int32)[class_[own]]
        odd = [row is not None and finder.is_text(source, each) for each, row in zip(names, rows, strict=True)]
        as_text += int(np.array(odd, dtype=np.bool_)[class_[own]].sum())
    if as_text:
        found.warnings.append(
            f"{as_text:,} records have a {called} that is text on one side and a number on the other."
        )
    return result
