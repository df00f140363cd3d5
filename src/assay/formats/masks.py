"""Masks as pixels to COCO's run-length encoding and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.errors import InputError
from assay.media.decode import decode_stored
from assay.media.header import read_header
from assay.media.memory_file import FileBytes
from assay.project.rle import encode_part, encode_runs

MOST_PIXELS = 1 << 28
"""Masks of larger pictures are not unpacked."""

_LEAST_GAIN = 8  # so many pixels are drawn in the time in which one run is sorted
_MOST_SORTED = 1 << 21


def encode_mask(mask: NDArray[Any]) -> dict[str, Any]:
    """Return the pixels that are not zero of a mask ``(H, W)`` as compressed RLE."""
    return encode_part(mask, 0, 0, *mask.shape)


def place_mask(part: NDArray[Any], left: int, top: int, height: int, width: int) -> dict[str, Any] | None:
    """Return a mask that lies somewhere in a picture as RLE of the whole picture; None where it lies beyond it.

    Time and memory are those of the part, not of the picture.
    """
    first_x, first_y = max(left, 0), max(top, 0)
    last_x, last_y = min(left + part.shape[1], width), min(top + part.shape[0], height)
    if first_x >= last_x or first_y >= last_y:
        return None
    seen = part[first_y - top : last_y - top, first_x - left : last_x - left]
    return encode_part(seen, first_x, first_y, height, width)


def place_runs(
    bounds: NDArray[np.int64], columns: int, left: int, top: int, height: int, width: int
) -> dict[str, Any] | None:
    """Return what :func:`place_mask` does of a part that is given as runs along its rows.

    A few runs may cover millions of pixels: what they cover is taken as rectangles, and drawn only where that is less.

    Args:
        bounds: int64 ``(2n,)``, where each run starts and ends, ascending, in pixels counted along the part's rows.
        columns: How many the part has.
        left, top: Where it lies in the picture.
        height, width: The picture's.
    """
    boxes = _rectangles(bounds[::2], bounds[1::2], columns) + np.array((left, top, left, top))
    boxes = np.clip(boxes, 0, (width, height, width, height))
    boxes = boxes[(boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])]
    if not len(boxes):
        return None
    x, y = boxes[:, 0].min(), boxes[:, 1].min()
    across, down = boxes[:, 2].max() - x, boxes[:, 3].max() - y
    widths = boxes[:, 2] - boxes[:, 0]
    if widths.sum() > min(across * down // _LEAST_GAIN, _MOST_SORTED):
        part = np.zeros((down, across), dtype=np.bool_)
        for x0, y0, x1, y1 in (boxes - (x, y, x, y)).tolist():
            part[y0:y1, x0:x1] = True
        return encode_part(part, int(x), int(y), height, width)
    column = np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths - boxes[:, 0], widths)
    starts = column * height + np.repeat(boxes[:, 1], widths)
    order = np.argsort(starts)
    ends = column * height + np.repeat(boxes[:, 3], widths)
    return encode_runs(np.stack((starts[order], ends[order]), axis=1).ravel(), height, width)


def _rectangles(starts: NDArray[np.int64], ends: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    """Return what runs along rows cover as rectangles ``(m, 4)``: left, top, right, bottom; equal rows are one."""
    first, last = starts // columns, (ends - 1) // columns
    left, right = starts % columns, (ends - 1) % columns + 1
    one = first == last
    heads = np.stack((left, first, np.where(one, right, columns), first + 1), axis=1)
    bodies = np.stack((np.zeros_like(first), first + 1, np.full_like(first, columns), last), axis=1)[last > first + 1]
    tails = np.stack((np.zeros_like(first), last, right, last + 1), axis=1)[~one]
    boxes = np.concatenate((heads, bodies, tails))
    boxes = boxes[np.lexsort((boxes[:, 1], boxes[:, 2], boxes[:, 0]))]
    same = (boxes[1:, (0, 2)] == boxes[:-1, (0, 2)]).all(axis=1) & (boxes[1:, 1] == boxes[:-1, 3])
    begins = np.flatnonzero(np.concatenate(([True], ~same)))
    finishes = np.append(begins[1:], len(boxes)) - 1
    merged = boxes[begins]
    merged[:, 3] = boxes[finishes, 3]
    return merged


def mask_box(rle: dict[str, Any]) -> list[float]:
    """Return left, top, width and height of the pixels of a mask; zeros where it has none."""
    found: list[float] = coco_mask.toBbox(as_coco(rle)).tolist()
    return found


def unite_masks(masks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what several masks of one size cover together."""
    rle = coco_mask.merge([as_coco(each) for each in masks])
    return {"size": [int(each) for each in rle["size"]], "counts": rle["counts"].decode()}


def rings_to_mask(rings: list[list[float]], height: int, width: int) -> dict[str, Any]:
    """Return what polygons cover, as COCO draws them, as RLE."""
    rle = coco_mask.merge(coco_mask.frPyObjects(rings, height, width))
    return {"size": [int(each) for each in rle["size"]], "counts": rle["counts"].decode()}


def as_coco(rle: dict[str, Any]) -> dict[str, Any]:
    """Return an RLE as pycocotools takes it."""
    return {"size": rle["size"], "counts": rle["counts"].encode()}


def decode_mask(rle: dict[str, Any]) -> NDArray[np.uint8]:
    """Return the pixels of a mask, ``(H, W)``, 0 or 1."""
    found: NDArray[np.uint8] = coco_mask.decode(as_coco(rle))
    return found


def pack_colours(high: NDArray[np.uint8], middle: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return ``high * 65536 + middle * 256 + low`` of three channels."""
    return high.astype(np.int32) << 16 | middle.astype(np.int32) << 8 | low


def read_png(data: FileBytes, most_pixels: int) -> NDArray[Any]:
    """Return a picture's samples, ``(H, W)`` or ``(H, W, C)``; a palette as its colours.

    Args:
        data: The file.
        most_pixels: More are not unpacked.

    Raises:
        InputError: it is no picture, or too large.
    """
    header = read_header(data)
    if header.width * header.height > most_pixels:
        raise InputError(
            "The mask is larger than its picture.",
            expected=f"at most {most_pixels:,} pixels",
            actual=f"{header.width} x {header.height}",
        )
    pixels = decode_stored(data)
    if pixels is None:
        raise InputError("The mask cannot be unpacked.", expected="a PNG", actual="a damaged one")
    return pixels
