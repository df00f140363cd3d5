"""Lines of YOLO labels as columns: boxes, polygons, oriented boxes and keypoints, in pixels."""

from __future__ import annotations

from array import array
from codecs import BOM_UTF8
from dataclasses import dataclass, field
from io import BytesIO
from math import isfinite
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.formats.doctor import Doctor
from assay.formats.format import Append
from assay.formats.json_text import verbatim
from assay.formats.rejected import Rejected, RejectedRecords
from assay.formats.source import blank_annotations
from assay.project.vocabulary import Segmentation
from assay.stopping import stoppable

Task = Literal["detect", "segment", "obb", "pose"]

_BOX = 5  # class, centre x and y, width, height
_ORIENTED = 9  # class and four corners
_LEAST_POLYGON = 7
_MOST_ASKEW = 1.0  # pixels
MOST_CLASS = 2**31 - 1
_MOST_VALUE = 2.0**31  # of a share, whose pixels are finite then
_MOST_LINE = 1 << 24  # bytes
_MOST_KEPT = 1_000  # bytes of a longer one


@dataclass
class Rows:
    """Lines that can be used, ``n`` of them.

    Attributes:
        image: The place of each one's image.
        line: The number of its line in its file, from 1.
        length: How many values it has; the first is the class.
        values: The values of all, one line after another.
    """

    image: array[int] = field(default_factory=lambda: array("i"))
    line: array[int] = field(default_factory=lambda: array("q"))
    length: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def add(self, image: int, line: int, values: list[float]) -> None:
        """Add a line."""
        self.image.append(image)
        self.line.append(line)
        self.length.append(len(values))
        self.values.extend(values)

    def take(self, chosen: NDArray[np.int64]) -> Rows:
        """Return some of the lines."""
        taken, numbers, start = Rows(), self.numbers, self.start
        for at in stoppable(chosen.tolist()):
            taken.add(self.image[at], self.line[at], numbers[start[at] : start[at] + self.length[at]].tolist())
        return taken

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The values of all lines."""
        return np.frombuffer(self.values, dtype=np.float64) if self.values else np.empty(0)

    @property
    def start(self) -> NDArray[np.int64]:
        """int64 ``(n,)``, where each line's values start."""
        length = np.array(self.length, dtype=np.int64)
        return np.cumsum(length) - length


def read_rows(data: bytes, image: int, name: str, rows: Rows, rejected: RejectedRecords, doctor: Doctor) -> None:
    """Read the lines of a file; note those that cannot be used.

    Args:
        data: The file's content.
        image: The place of its image.
        name: The file's name, for messages.
        rows: Takes what can be used.
        rejected: Takes what cannot.
        doctor: Told of that.
    """
    seen: set[bytes] = set()
    lines = (part for line in BytesIO(data.removeprefix(BOM_UTF8)) for part in line.splitlines())
    for number, line in enumerate(stoppable(lines), start=1):
        tokens = line.split() if len(line) <= _MOST_LINE else []
        if not tokens and len(line) <= _MOST_LINE:
            continue
        reason, values = _read_values(tokens) if tokens else ("line_too_long", [])
        if reason is not None:
            text = (line if tokens else line[:_MOST_KEPT]).decode("utf-8", "replace")
            detail = f"{name}:{number}: {text[:100]}"
            doctor.note(reason, detail, skipped=True)
            record = verbatim({"file": name, "line": text})
            rejected.add(Rejected("labels", rejected.total, reason, detail, record))
            continue
        if line in seen:
            doctor.note("repeated_row", f"{name}:{number}")
        seen.add(line)
        rows.add(image, number, values)


def _read_values(tokens: list[bytes]) -> tuple[str | None, list[float]]:
    if len(tokens) < _BOX:
        return "row_too_short", []
    try:
        values = [float(token) for token in tokens]
    except ValueError:
        return "row_not_a_number", []
    if not all(map(isfinite, values)):
        return "row_not_a_number", []
    if not (values[0].is_integer() and 0 <= values[0] <= MOST_CLASS):
        return "class_not_a_number", values
    return (None if min(values) >= -_MOST_VALUE and max(values) <= _MOST_VALUE else "row_not_a_number"), values


def recognise_task(
    rows: Rows, keypoints: tuple[int, int] | None, told: Any = None
) -> tuple[Task, tuple[int, int] | None]:
    """Return what lines are, by how many values they have, and the keypoints of an object.

    A description that says ``segment`` is believed where there are no keypoints: polygons of four points look like
    corners.

    Nine values are corners where all lines have nine, else a polygon of four points. Where the dataset does not say how
    many keypoints there are, lines that all have as many values are keypoints where every third, behind the box, is a
    visibility: 0, 1 or 2.
    """
    lengths = set(rows.length)
    if keypoints is not None and _BOX + keypoints[0] * keypoints[1] in lengths:
        return "pose", keypoints
    if lengths <= {_BOX}:
        return "detect", None
    if told == "segment":
        return "segment", None
    if lengths == {_ORIENTED}:
        return "obb", None
    [length, *others] = lengths
    if not others and (length - _BOX) % 3 == 0:
        visible = rows.numbers.reshape(-1, length)[:, _BOX + 2 :: 3]
        if np.isin(visible, (0, 1, 2)).all():
            return "pose", ((length - _BOX) // 3, 3)
    return "segment", None


def make_columns(
    rows: Rows, size: NDArray[np.float64], task: Task, keypoints: tuple[int, int] | None, append: Append
) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
    """Return lines as the columns of annotations, and which of them fit no shape.

    Args:
        rows: The lines, ``n``.
        size: float64 ``(n, 2)``, width and height of each one's image in pixels.
        task: What they are; ``obb`` adds the columns ``rotation``, float64 ``(n,)`` in degrees, and ``askew``, float64
            ``(n, 8)``: the corners in pixels of those that are no rectangle, NaN for all others.
        keypoints: How many an object has and of how many values each; None where lines are boxes and polygons.
        append: Takes coordinates and returns where they start.
    """
    count, numbers, start = len(rows.length), rows.numbers, rows.start
    columns, odd = blank_annotations(count), np.zeros(count, dtype=np.bool_)
    length = np.array(rows.length, dtype=np.int64)
    posed = 0 if keypoints is None else _BOX + keypoints[0] * keypoints[1]
    for each in np.unique(length).tolist():
        at = np.flatnonzero(length == each)
        values = numbers[start[at][:, None] + np.arange(1, each)]
        if each in (_BOX, posed):
            scaled = values[:, :4] * np.tile(size[at], 2)
            columns["xywh"][at, :2] = scaled[:, :2] - scaled[:, 2:] / 2
            columns["xywh"][at, 2:] = scaled[:, 2:]
            if each == posed and keypoints is not None:
                _fill_keypoints(columns, at, values[:, 4:].reshape(len(at), *keypoints), size[at], append)
        elif posed or each < _LEAST_POLYGON or each % 2 == 0:
            odd[at] = True
        elif task == "obb":
            corners = values.reshape(len(at), 4, 2) * size[at][:, None]
            columns["xywh"], columns["rotation"], columns["askew"] = fit_rectangles(corners)
        else:
            _fill_polygons(columns, at, values.reshape(len(at), -1, 2) * size[at][:, None], append)
    return columns, odd


def fit_rectangles(
    corners: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return rectangles as boxes that are turned about their centre, and the corners that are of none.

    Where corners are off by no more than a pixel, as after rounding, it is the rectangle of their mean centre, sides
    and direction; where they are, the rectangle of least area round them, as Ultralytics has it for all.

    Args:
        corners: float64 ``(n, 4, 2)``, in order round each rectangle, in pixels.

    Returns:
        float64 ``(n, 4)``, left, top, width and height before they are turned; float64 ``(n,)``, degrees clockwise;
        float64 ``(n, 8)``, the corners of those that are no rectangle, NaN for all others.
    """
    along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
    across = (corners[:, 3] - corners[:, 0] + corners[:, 2] - corners[:, 1]) / 2
    sides = np.stack([np.hypot(*along.T), np.hypot(*across.T)], axis=1)
    direction = np.arctan2(along[:, 1], along[:, 0])
    centre = corners.mean(axis=1)
    is_clockwise = along[:, 0] * across[:, 1] >= along[:, 1] * across[:, 0]
    half = sides[:, None] / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    half[~is_clockwise, :, 1] *= -1
    cosine, sine = np.cos(direction)[:, None], np.sin(direction)[:, None]
    turned = np.stack(
        [half[..., 0] * cosine - half[..., 1] * sine, half[..., 0] * sine + half[..., 1] * cosine], axis=2
    )
    off = np.hypot(*np.moveaxis(centre[:, None] + turned - corners, 2, 0)).max(axis=1, initial=0)
    degrees = np.degrees(direction)
    askew = np.full((len(corners), 8), np.nan)
    for at in np.flatnonzero(off > _MOST_ASKEW).tolist():
        centre[at], sides[at], degrees[at] = cv2.minAreaRect(corners[at].astype(np.float32))
        askew[at] = corners[at].ravel()
    return np.concatenate([centre - sides / 2, sides], axis=1), degrees, askew


def _fill_polygons(
    columns: dict[str, NDArray[Any]], at: NDArray[np.int64], points: NDArray[np.float64], append: Append
) -> None:
    """Fill in polygons of ``p`` points each, ``(k, p, 2)``, and the boxes round them."""
    numbers = 2 * points.shape[1]
    words = np.empty((len(at), 1 + numbers))
    words[:, 0] = numbers
    words[:, 1:] = points.reshape(len(at), numbers)
    columns["word_start"][at] = append(words.ravel()) + np.arange(len(at)) * words.shape[1]
    columns["word_count"][at] = words.shape[1]
    columns["ring_count"][at] = 1
    columns["segmentation"][at] = Segmentation.POLYGON
    least = points.min(axis=1)
    columns["xywh"][at] = np.concatenate((least, points.max(axis=1) - least), axis=1)


def _fill_keypoints(
    columns: dict[str, NDArray[Any]],
    at: NDArray[np.int64],
    points: NDArray[np.float64],
    size: NDArray[np.float64],
    append: Append,
) -> None:
    """Fill in keypoints, ``(k, p, 2 or 3)``; without visibilities those at 0, 0 are not labelled, as YOLO has it."""
    triples = np.empty((len(at), points.shape[1], 3))
    triples[:, :, :2] = points[:, :, :2] * size[:, None]
    triples[:, :, 2] = points[:, :, 2] if points.shape[2] > 2 else 2.0 * (points != 0).any(axis=2)
    start = append(triples.ravel())
    columns["keypoint_start"][at] = start + np.arange(len(at)) * 3 * points.shape[1]
    columns["keypoint_count"][at] = 3 * points.shape[1]
    columns["num_keypoints"][at] = (triples[:, :, 2] > 0).sum(axis=1)
