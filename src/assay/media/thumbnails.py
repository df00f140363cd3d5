"""Small JPEGs for grids and cards."""

from __future__ import annotations

import cv2
from cv2.typing import MatLike

from assay.errors import StorageError
from assay.media.decode import RgbImage


def make_thumbnail(rgb: RgbImage, longest_edge: int = 320, quality: int = 85) -> bytes:
    """Return a JPEG of the image, scaled down to `longest_edge` and never up.

    Args:
        rgb: H x W x 3, uint8.
        longest_edge: Longest edge in pixels; the shorter one keeps the aspect ratio but is at least 1.
        quality: JPEG quality 1..100.
    """
    return encode_jpeg(scale_down(rgb, longest_edge), quality)


def scale_down(rgb: RgbImage, longest_edge: int) -> RgbImage:
    """Return the image scaled to at most `longest_edge` pixels; `rgb` itself if it is no larger.

    Halved while it is more than twice too large (linear interpolation at one half is the mean of 2 x 2 pixels),
    then interpolated: a third of the time of area averaging, which OpenCV does not vectorise.
    """
    height, width = rgb.shape[:2]
    longest = max(height, width)
    if longest <= longest_edge:
        return rgb
    scale = longest_edge / longest
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    scaled: MatLike = rgb
    while width > 2 * target[0] + 1 and height > 2 * target[1] + 1:
        height, width = height // 2, width // 2
        scaled = cv2.resize(scaled, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(scaled, target, interpolation=cv2.INTER_LINEAR).astype("uint8", copy=False)


def encode_jpeg(rgb: RgbImage, quality: int, *, full_colour: bool = False) -> bytes:
    """Return H x W x 3 pixels as a JPEG without metadata.

    Args:
        rgb: H x W x 3, uint8, at most 65,500 pixels in either direction.
        quality: 1..100.
        full_colour: Keep colour at full resolution (4:4:4) instead of half (4:2:0).

    Raises:
        StorageError: OpenCV cannot encode it.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if full_colour:
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    encoded, buffer = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not encoded:
        raise StorageError(
            "The image cannot be encoded as JPEG.",
            expected="at most 65,500 pixels in either direction",
            actual=f"{rgb.shape[1]} x {rgb.shape[0]} pixels",
        )
    return buffer.tobytes()
