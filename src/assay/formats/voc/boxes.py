"""Boxes as Pascal VOC writes them.

Its own tools count pixels from 1, and the right and lower sides are pixels inside the box: of ``xmin`` 1 and ``xmax``
10 the left edge lies at 0, the width is 10. Other tools write edges, counted from 0; a 0 tells them.
"""

from __future__ import annotations

from typing import Literal
from xml.etree.ElementTree import Element

from assay.formats.fields import is_finite_number
from assay.formats.gathering import RecordFault

Convention = Literal["pixels", "edges"]
"""Whether sides are pixels, counted from 1, both inside; or edges, counted from 0."""

SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_sides(box: Element | None) -> tuple[float, float, float, float]:
    """Return the sides of a ``bndbox`` as they stand there.

    Raises:
        RecordFault: there is none, or a side is no number, or two are the wrong way round.
    """
    if box is None:
        raise RecordFault("voc_no_box", "no bndbox")
    texts = [(box.findtext(side) or "").strip() for side in SIDES]
    try:
        left, top, right, bottom = (float(text) for text in texts)
    except ValueError:
        raise RecordFault("voc_box_not_a_number", f"sides {', '.join(texts)}") from None
    sides = (left, top, right, bottom)
    if not all(is_finite_number(side) for side in sides):
        raise RecordFault("voc_box_not_a_number", f"sides {', '.join(texts)}")
    if right < left or bottom < top:
        raise RecordFault("voc_box_turned", f"sides {', '.join(texts)}")
    return sides


def to_box(sides: tuple[float, float, float, float], convention: Convention) -> list[float]:
    """Return left, top, width and height in Assay's pixels."""
    left, top, right, bottom = sides
    if convention == "pixels":
        return [left - 1, top - 1, right - left + 1, bottom - top + 1]
    return [left, top, right - left, bottom - top]


def to_sides(box: list[float], convention: Convention) -> list[float]:
    """Return the sides that :func:`to_box` makes a box of."""
    left, top, width, height = box
    if convention == "pixels":
        return [left + 1, top + 1, left + width, top + height]
    return [left, top, left + width, top + height]


def tells_edges(sides: tuple[float, float, float, float]) -> bool:
    """Tell whether a box cannot be one of pixels that are counted from 1."""
    return min(sides[:2]) <= 0
