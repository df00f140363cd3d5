"""Lines of MOTChallenge: frame, track, left, top, width, height, then what a file of its kind says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.formats.dialect import read_decimal
from assay.formats.gathering import RecordFault
from assay.formats.label_text import each_line, read_label_text

CLASSES = {
    1: "pedestrian",
    2: "person on vehicle",
    3: "car",
    4: "bicycle",
    5: "motorbike",
    6: "non motorized vehicle",
    7: "static person",
    8: "distractor",
    9: "occluder",
    10: "occluder on the ground",
    11: "occluder full",
    12: "reflection",
    13: "crowd",
}
"""What MOT16, MOT17 and MOT20 number."""

_LEAST, _MOST = 6, 10
_WORLD = 10  # values of a line that ends in a place in the world, as MOT15 has it
_MOST_FRAME = 2**31 - 1


@dataclass(frozen=True)
class Line:
    """A box of a frame.

    Attributes:
        frame: Counted from 1.
        track: Its number, or None.
        box: Left, top, width and height as they stand.
        confidence: Of a detection; of ground truth whether it counts (1) or is to be passed over (0); None without.
        class_: A class's number, or None.
        visibility: The share that is seen, or None.
        world: Its place in the world, or None.
    """

    frame: int
    track: int | None
    box: list[float]
    confidence: float | None
    class_: int | None
    visibility: float | None
    world: list[float] | None


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers from 1.

    Raises:
        InputError: it cannot be read.
    """
    for number, line in enumerate(each_line(read_label_text(file)), start=1):
        if line.strip():
            yield number, line


def parse_line(line: str) -> Line:
    """Return what a line says, its values parted by commas or by space.

    Raises:
        RecordFault: it is none of MOTChallenge's.
    """
    words = line.strip().rstrip(",").split(",") if "," in line else line.split()
    if not _LEAST <= len(words) <= _MOST:
        raise RecordFault("mot_odd_length", f"{len(words)} values: {line[:100]}")
    values = [number for word in words if (number := read_decimal(word)) is not None]
    if len(values) < len(words):
        raise RecordFault("mot_not_a_number", line[:100])
    frame, track, left, top, width, height, *rest = values
    if not frame.is_integer() or not 1 <= frame <= _MOST_FRAME:
        raise RecordFault("mot_frame", f"expected a frame from 1 on, found {frame:g}")
    if width < 0 or height < 0:
        raise RecordFault("mot_negative_size", line[:100])
    world = rest[1:] if len(values) == _WORLD else []
    class_ = rest[1] if len(rest) > 1 and not world else None
    return Line(
        int(frame),
        int(track) if track.is_integer() and track >= 0 else None,
        [left, top, width, height],
        rest[0] if rest else None,
        int(class_) if class_ is not None and class_.is_integer() and class_ >= 1 else None,
        rest[2] if len(rest) > 2 and not world else None,
        None if not world or set(world) == {-1} else world,
    )
