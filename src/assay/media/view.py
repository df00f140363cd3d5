"""Pictures for the browser: the large view of an image, and the crop around one object."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from assay.errors import InputError
from assay.media.decode import RgbImage, decode_rgb
from assay.media.header import FileLayout, read_layout
from assay.media.memory_file import FileBytes
from assay.media.thumbnails import encode_jpeg, scale_down

CROP_EDGE = 320
"""Longest edge in pixels of an object's crop."""

_CROP_CONTEXT = 0.25
_VIEW_QUALITY = 92
_CROP_QUALITY = 85
_MIN_REGION_PX = 64
_REGION_ASPECT = 4 / 3
_JPEG_FRAMES_OF_BROWSERS = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive; no arithmetic coding


def make_view(
    data: FileBytes,
    *,
    apply_orientation: bool,
    max_edge: int = 4096,
    item: str | None = None,
    shrink: Callable[[int], RgbImage] | None = None,
) -> tuple[bytes, str]:
    """Return an image in a form that every browser shows as it was measured, and its media type.

    The file itself is returned where that is so: a JPEG, PNG or WebP of at most `max_edge` pixels that a
    browser decodes, with one frame, without transparency, and oriented as wanted. Browsers obey a JPEG's
    EXIF, so it passes when EXIF is to be applied; where it must not be, and for oriented PNG and WebP files,
    whose EXIF not every browser obeys, the pixels are encoded anew. So is everything else, as JPEG.

    Args:
        data: The whole file.
        apply_orientation: Whether the EXIF orientation is to be applied.
        max_edge: Longest edge in pixels of what is returned.
        item: What to call the file in an error.
        shrink: Decodes the file, scaled down to at most so many pixels a side; None to do it without regard to its
            size.

    Raises:
        InputError: The file has to be decoded and cannot be.
    """
    layout = read_layout(data, item=item)
    if _passes_unchanged(layout, apply_orientation, max_edge):
        return bytes(data), layout.header.media_type
    if shrink is not None:
        small = shrink(max_edge)
    else:
        small = scale_down(decode_rgb(data, apply_orientation=apply_orientation, item=item, show=True).shown, max_edge)
    return encode_jpeg(small, _VIEW_QUALITY, full_colour=True), "image/jpeg"


def make_crop(
    rgb: RgbImage,
    box_xywh: tuple[float, float, float, float],
    *,
    longest_edge: int = CROP_EDGE,
    context: float = _CROP_CONTEXT,
) -> tuple[bytes, tuple[int, int, int, int]]:
    """Cut out the surroundings of an object for its card.

    The region is the box (clipped to the image) with context on every side, at least 64 pixels, widened to
    4:3 and moved inwards at the image's border; it is smaller or of another aspect only where the image is.

    Args:
        rgb: H x W x 3, uint8.
        box_xywh: Left, top, width, height in pixels of `rgb`.
        longest_edge: Longest edge in pixels of the JPEG; the crop is never scaled up.
        context: Margin on each side, as a share of the box's longer side.

    Returns:
        The JPEG, and the region as whole-pixel (x, y, w, h) in `rgb`.

    Raises:
        InputError: The box holds a number that is not finite.
    """
    x, y, w, h = find_crop_region(rgb.shape[1], rgb.shape[0], box_xywh, context=context)
    cut = np.ascontiguousarray(rgb[y : y + h, x : x + w])
    return encode_jpeg(scale_down(cut, longest_edge), _CROP_QUALITY), (x, y, w, h)


def find_crop_region(
    image_width: int, image_height: int, box_xywh: tuple[float, float, float, float], *, context: float = _CROP_CONTEXT
) -> tuple[int, int, int, int]:
    """Return the whole-pixel region (x, y, w, h) that `make_crop` cuts.

    Raises:
        InputError: The box holds a number that is not finite.
    """
    if not all(map(math.isfinite, box_xywh)):
        raise InputError("The box cannot be cut out.", expected="four finite numbers", actual=str(box_xywh))
    left, right = _clip_span(box_xywh[0], box_xywh[2], image_width)
    top, bottom = _clip_span(box_xywh[1], box_xywh[3], image_height)
    margin = max(right - left, bottom - top) * context
    width = max(right - left + 2 * margin, _MIN_REGION_PX)
    height = max(bottom - top + 2 * margin, _MIN_REGION_PX)
    width, height = max(width, height * _REGION_ASPECT), max(height, width / _REGION_ASPECT)
    x, w = _place_span((left + right) / 2, width, image_width)
    y, h = _place_span((top + bottom) / 2, height, image_height)
    return x, y, w, h


def _clip_span(start: float, length: float, limit: int) -> tuple[float, float]:
    """Return start and end of a span clipped to 0..limit; empty, at the nearer border, if it lies outside."""
    low, high = sorted((start, start + length))
    return min(max(low, 0.0), float(limit)), min(max(high, 0.0), float(limit))


def _place_span(centre: float, length: float, limit: int) -> tuple[int, int]:
    """Return start and length in whole pixels of a span about `centre`, moved to lie within 0..limit."""
    start = math.floor(centre - length / 2)
    whole = min(math.ceil(centre + length / 2) - start, limit)
    return min(max(start, 0), limit - whole), whole


def _passes_unchanged(layout: FileLayout, apply_orientation: bool, max_edge: int) -> bool:
    header = layout.header
    if max(header.width, header.height) > max_edge or header.bit_depth > 8:
        return False
    if header.has_more_frames or header.has_alpha:
        return False
    if header.format == "jpeg":
        oriented_as_wanted = apply_orientation or header.exif_orientation == 1
        return oriented_as_wanted and _is_browser_jpeg(layout)
    return header.format in ("png", "webp") and header.exif_orientation == 1


def _is_browser_jpeg(layout: FileLayout) -> bool:
    return layout.header.channels in (1, 3) and layout.jpeg_frame in _JPEG_FRAMES_OF_BROWSERS
