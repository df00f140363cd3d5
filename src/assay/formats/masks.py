"""Masks as pixels to COCO's run-length encoding and back."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.errors import InputError
from assay.media.header import read_header
from assay.media.memory_file import FileBytes

MOST_PIXELS = 1 << 28
"""Masks of larger pictures are not unpacked."""


def encode_mask(mask: NDArray[Any]) -> dict[str, Any]:
    """Return the pixels that are not zero of a mask ``(H, W)`` as compressed RLE."""
    rle = coco_mask.encode(np.asfortranarray(mask != 0, dtype=np.uint8))
    return {"size": [int(each) for each in rle["size"]], "counts": rle["counts"].decode()}


def place_mask(part: NDArray[Any], left: int, top: int, height: int, width: int) -> dict[str, Any] | None:
    """Return a mask that lies somewhere in a picture as RLE of the whole picture; None where it lies beyond it."""
    first_x, first_y = max(left, 0), max(top, 0)
    last_x, last_y = min(left + part.shape[1], width), min(top + part.shape[0], height)
    if first_x >= last_x or first_y >= last_y:
        return None
    whole = np.zeros((height, width), dtype=np.uint8, order="F")
    whole[first_y:last_y, first_x:last_x] = part[first_y - top : last_y - top, first_x - left : last_x - left] != 0
    return encode_mask(whole)


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
    """Return ``high * 65536 + middle * 256 + low`` of three channels, in the memory of the result alone."""
    packed = high.astype(np.int32)
    for channel in (middle, low):
        packed <<= 8
        packed |= channel
    return packed


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
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise InputError("The mask cannot be unpacked.", expected="a PNG", actual="a damaged one")
    return np.asarray(pixels)
