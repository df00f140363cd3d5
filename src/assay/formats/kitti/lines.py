"""Lines of KITTI's label files.

A line is a class, how far it is cut off (0 to 1), how far hidden (0 to 3), the angle of sight, four sides in pixels
counted from 0, height, width and length in metres, the place in front of the camera, and the turn about its vertical;
predictions end with a score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.formats.fields import is_finite_number
from assay.formats.gathering import RecordFault
from assay.formats.label_text import each_line, read_label_bytes, to_text

_VALUES = 15


@dataclass(frozen=True)
class Line:
    """An object.

    Attributes:
        class_: Its class.
        box: Left, top, width and height in pixels.
        extra: What else the line says.
        score: Its score, or None.
    """

    class_: str
    box: list[float]
    extra: dict[str, Any]
    score: float | None


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers from 1.

    Raises:
        InputError: it cannot be read.
    """
    text, _ = to_text(read_label_bytes(file))
    for number, line in enumerate(each_line(text), start=1):
        if line.strip():
            yield number, line


def parse_line(line: str) -> Line:
    """Return what a line says.

    Raises:
        RecordFault: it is none of KITTI's.
    """
    words = line.split()
    if len(words) < _VALUES:
        raise RecordFault("kitti_short_line", f"{len(words)} values: {line[:100]}")
    if len(words) > _VALUES + 1:
        raise RecordFault("kitti_long_line", f"{len(words)} values: {line[:100]}")
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        values = []
    if not values or not all(map(is_finite_number, values)):
        raise RecordFault("kitti_not_a_number", line[:100])
    truncated, occluded, alpha, left, top, right, bottom, *world = values
    if right < left or bottom < top:
        raise RecordFault("kitti_box_turned", line[:100])
    extra = {
        "truncated": truncated,
        "occluded": int(occluded) if occluded.is_integer() else occluded,
        "alpha": alpha,
        "dimensions": world[:3],
        "location": world[3:6],
        "rotation_y": world[6],
    }
    return Line(words[0], [left, top, right - left, bottom - top], extra, world[7] if len(world) > 7 else None)
