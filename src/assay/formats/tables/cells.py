"""One row of a table of objects: its box, outline and keypoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assay.formats.dialect import read_decimal
from assay.formats.fields import is_finite_number
from assay.formats.gathering import RecordFault, box_round
from assay.formats.json_text import parse
from assay.formats.segmentations import OddRecordError, pack_segmentations
from assay.formats.tables.columns import Layout, four_numbers

_TRUE = frozenset({"1", "1.0", "true", "yes"})


@dataclass(frozen=True)
class Marks:
    """What a row draws.

    Attributes:
        box: Left, top, width and height in the table's units; None where its cells are empty.
        segmentation: Rings or RLE, as COCO has them.
        keypoints: ``[x, y, visibility, …]``.
        area: As it is declared, or None.
        crowd: Whether it is a group of objects.
        rotation: Degrees clockwise, or None.
    """

    box: list[float] | None
    segmentation: Any
    keypoints: list[float]
    area: float | None
    crowd: bool
    rotation: float | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return self.box is None and self.segmentation is None and not self.keypoints


def read_marks(cells: list[str], layout: Layout) -> Marks:
    """Return what a row's cells draw.

    Raises:
        RecordFault: a cell is not what its column says.
    """

    def cell(key: str) -> str:
        return cells[layout.others[key]] if key in layout.others else ""

    def number(key: str) -> float | None:
        return _number(cell(key)) if cell(key) else None

    return Marks(
        _read_box(cells, layout),
        _read_json(cell("segmentation"), _is_outline, "rings or RLE as COCO has them"),
        _read_json(cell("keypoints"), _is_triples, "a list of x, y and visibility") or [],
        number("area"),
        cell("crowd").lower() in _TRUE,
        number("rotation"),
    )


def _read_box(cells: list[str], layout: Layout) -> list[float] | None:
    texts = [cells[at] for at in layout.box]
    if len(texts) == 1 and texts[0]:
        numbers = four_numbers(texts[0])
        if numbers is None:
            raise RecordFault("csv_not_a_number", f"expected four numbers, found {texts[0][:60]!r}")
        texts = numbers
    if not any(texts):
        return None
    if layout.form == "vertices":
        return box_round([_number(x) for pair in zip(texts[::2], texts[1::2], strict=True) if any(pair) for x in pair])
    a, b, c, d = (_number(text) for text in texts)
    if layout.form == "cxcywh":
        a, b = a - c / 2, b - d / 2
    elif layout.form == "xyxy":
        c, d = c - a, d - b
    if c < 0 or d < 0:
        raise RecordFault("csv_box_turned", ", ".join(texts)[:100])
    return [a, b, c, d]


def _number(text: str) -> float:
    value = read_decimal(text)
    if value is None:
        raise RecordFault("csv_not_a_number", f"expected a number, found {text[:60]!r}")
    return value


def _read_json(text: str, is_sound: Callable[[Any], bool], expected: str) -> Any:
    if not text:
        return None
    try:
        value = parse(text.encode())
    except (ValueError, RecursionError):
        value = None
    if not is_sound(value):
        raise RecordFault("csv_outline", f"expected {expected}, found {text[:60]!r}")
    return value


def _is_outline(value: Any) -> bool:
    if not isinstance(value, list | dict) or not value:
        return False
    try:
        pack_segmentations([value])
    except OddRecordError:
        return False
    return True


def _is_triples(value: Any) -> bool:
    return isinstance(value, list) and len(value) % 3 == 0 and all(map(is_finite_number, value))
