"""Pixels as every metric, hash, thumbnail and encoder sees them: 8-bit RGB, oriented, alpha on white.

The pixels are those of OpenCV's IMREAD_COLOR; of 16-bit samples the high byte is kept, transparency is laid
on white, ICC profiles are ignored. Orientation is applied here and never by OpenCV.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import xxhash

from assay.errors import InputError
from assay.media import _tiff
from assay.media._plain_tiff import is_plain_tiff, reduce_plain_tiff
from assay.media._source import unreadable
from assay.media.header import FileLayout, ImageHeader, read_layout
from assay.media.memory_file import OPENS_MEMORY, FileBytes, MemoryFile, as_path
from assay.media.reading import greatest_picture
from assay.media.stretch import count_used_bits, stretch

RgbImage = npt.NDArray[np.uint8]

_COLOR = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
# IMREAD_REDUCED_COLOR_2 is the flag of half the size and that of BGR: here the order is asked for apart
_REDUCED = {
    1: _COLOR,
    2: _COLOR | cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: _COLOR | cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: _COLOR | cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_PROGRESSIVE_JPEG = 0xC2
_PNG_ANIMATION_CHUNKS = (b"acTL", b"fcTL", b"fdAT")
_STRIP_BYTES = 1 << 22
_BY_PATH_FROM_PX = 8_000_000
"""Smaller pictures are decoded from bytes: a copy of them costs less than a file."""

if "OPENCV_LOG_LEVEL" not in os.environ:
    # A damaged file is reported once, by an error of ours; OpenCV would print every one to the terminal too.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Decoded pixels.

    Attributes:
        rgb: H x W x 3, uint8, C-contiguous.
        damaged: None for a sound file; else one sentence that says what is wrong with it. The pixels are
            then what could be decoded: good enough to show, not to be trusted as a measurement.
        stretched: The pixels as they are to be looked at where those of `rgb` are too dark for it; same shape.
        used_bits: How many of their 16 bits the samples use that were stretched; None where none were.
    """

    rgb: RgbImage
    damaged: str | None = None
    stretched: RgbImage | None = None
    used_bits: int | None = None

    @property
    def shown(self) -> RgbImage:
        """The pixels to be looked at."""
        return self.rgb if self.stretched is None else self.stretched


@dataclass(frozen=True, slots=True)
class OrientationDecision:
    """Whether EXIF orientation is applied to an image, and the size that results.

    Attributes:
        apply: Apply the EXIF orientation.
        width: Width in pixels of the image as it is then decoded.
        height: Height in pixels of the image as it is then decoded.
        mismatch: The declared size is neither the stored nor the oriented one: coordinates stay in the
            declared size and are scaled for drawing.
    """

    apply: bool
    width: int
    height: int
    mismatch: bool


def needs_orientation(
    header: ImageHeader, declared_width: int | None, declared_height: int | None
) -> OrientationDecision:
    """Decide whether the annotations were drawn on the oriented or on the stored image.

    EXIF is applied unless the annotation record's size equals the stored size and not the oriented one.

    Args:
        header: The image's header.
        declared_width: Width in pixels from the annotation record, or None.
        declared_height: Height in pixels from the annotation record, or None.
    """
    size, oriented = (header.width, header.height), header.oriented_size
    if declared_width is None or declared_height is None:
        return OrientationDecision(True, *oriented, mismatch=False)
    declared = (declared_width, declared_height)
    if declared == size and declared != oriented:
        return OrientationDecision(False, *size, mismatch=False)
    return OrientationDecision(True, *oriented, mismatch=declared != oriented)


def decode_rgb(
    data: FileBytes,
    *,
    apply_orientation: bool,
    item: str | None = None,
    reduction: int = 1,
    show: bool = False,
    rounded: bool = False,
) -> DecodedImage:
    """Decode the first frame or page of an image file to 8-bit RGB.

    A JPEG that ends early is decoded as far as it goes and marked as damaged; every other format that ends
    early is an error, because nothing dependable can be saved from it.

    Args:
        data: The whole file.
        apply_orientation: Turn and mirror the pixels as the file's EXIF orientation asks.
        item: What to call the file in an error.
        reduction: 1, or for a JPEG or an uncompressed TIFF (:func:`can_reduce`) 2, 4 or 8: decode at that part of its
            size, its edges rounded up. To be looked at; a measurement needs every pixel.
        show: Also stretch 16-bit samples that use their lower bits only, such as those of a 12-bit camera.
        rounded: Samples of 16 bits may be rounded to 8 by the decoder, for less memory. To be looked at only.

    Raises:
        InputError: Not an image of a known format, damaged beyond decoding, of a kind that OpenCV cannot
            decode (such as 32-bit float TIFF), or larger than the setting `max_image_pixels`.
    """
    layout = read_layout(data, item=item)
    header = layout.header
    if header.width * header.height > greatest_picture():
        raise InputError(
            "The image is too large to decode.",
            item=item,
            expected=f"at most {greatest_picture():,} pixels",
            actual=f"{header.width:,} x {header.height:,} pixels",
            hint="Raise the limit with `assay config set max_image_pixels …`, or cut the image into tiles.",
        )
    if header.format == "png":
        still = _reduce_to_still_png(data)
        if still is None:
            raise unreadable(item, "a PNG that ends early, or has a chunk longer than the file")
        data = still
    damaged: str | None = None
    if header.format == "jpeg" and _lacks_end_of_image(data, layout.jpeg_scan_offset):
        damaged = "The JPEG ends early: its end-of-image marker is missing."
        data = b"".join((data, b"\xff\xd9"))
    elif header.format == "tiff" and header.has_alpha and header.channels == 2:
        damaged = "The transparency of this greyscale TIFF cannot be decoded and is left out."
    try:
        keep = _keeps_samples(layout, rounded=rounded) or (show and _holds_16_bits(layout))
        with _neutral_tiff_orientation(data, layout) as file:
            samples = _decode_samples(file, layout, keep=keep, reduction=reduction)
        rgb = None if samples is None else _to_rgb_8(samples, layout, keep=keep)
        stretched, bits = None, None
        if samples is not None and show and _holds_16_bits(layout):
            bits = count_used_bits(samples)
            if bits is not None:
                _stretch(samples, layout)
                stretched = _to_rgb_8(samples, layout, keep=keep)
        if apply_orientation:
            rgb = None if rgb is None else apply_exif_orientation(rgb, header.exif_orientation)
            stretched = None if stretched is None else apply_exif_orientation(stretched, header.exif_orientation)
    except (cv2.error, MemoryError) as error:
        raise unreadable(item, f"a {_describe(header)} that OpenCV refuses: {error}") from error
    if rgb is None:
        raise unreadable(
            item,
            f"a {_describe(header)} that is damaged, ends early, or is stored in an unusual way",
            expected="a complete image of 8 or 16 bits per sample",
        )
    return DecodedImage(rgb, damaged, stretched, bits)


def can_reduce(layout: FileLayout) -> bool:
    """Tell whether an image can be decoded at 1/2, 1/4 or 1/8 of its size without its pixels in full."""
    return layout.header.format == "jpeg" or is_plain_tiff(layout)


def decode_stored(data: FileBytes) -> npt.NDArray[Any] | None:
    """Decode an image file to samples as they are stored, such as those of a mask, whatever its size.

    Args:
        data: The whole file.

    Returns:
        ``(H, W)``, or ``(H, W, C)`` in the order blue, green, red; None where it is damaged, or OpenCV cannot.

    Raises:
        InputError: Not an image of a known format.
    """
    layout = read_layout(data)
    still = _reduce_to_still_png(data) if layout.header.format == "png" else data
    try:
        return None if still is None else _decode_samples(still, layout, keep=True, reduction=1)
    except cv2.error:
        return None


def decoding_bytes(layout: FileLayout, reduction: int = 1, *, show: bool = False, rounded: bool = False) -> int:
    """Return an estimate of the memory in bytes that decoding an image takes, beside the file.

    Args:
        layout: What the file says of itself.
        reduction: As in `decode_rgb`, like the others.
        show: As there.
        rounded: As there.
    """
    header = layout.header
    pixels = header.width * header.height
    stretched = show and _holds_16_bits(layout)
    if _keeps_samples(layout, rounded=rounded) or stretched:
        channels = 4 if _may_be_transparent(header) else header.channels
        decoded, rgb_bytes = channels * (1 + (header.bit_depth > 8)), 3 * (1 + stretched)
    else:
        decoded, rgb_bytes = 3, 0
    is_copied = not OPENS_MEMORY or pixels < _BY_PATH_FROM_PX
    pixel_bytes = decoded + max(
        rgb_bytes, decoded * is_copied
    )  # OpenCV's own pixels are gone when those of 8 bits are made
    memory = pixel_bytes * pixels // reduction**2
    if layout.jpeg_frame == _PROGRESSIVE_JPEG:  # its coefficients, 16 bits each, are gathered before any pixel
        memory = max(memory, pixels * (2 * header.channels + 1))
    return memory


def apply_exif_orientation(rgb: RgbImage, orientation: int) -> RgbImage:
    """Return H x W x 3 pixels turned and mirrored as EXIF orientation 1..8 asks; 1 returns `rgb` itself."""
    match orientation:
        case 2:
            turned = cv2.flip(rgb, 1)
        case 3:
            turned = cv2.rotate(rgb, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(rgb, 0)
        case 5:
            turned = cv2.transpose(rgb)
        case 6:
            turned = cv2.rotate(rgb, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.flip(cv2.transpose(rgb), -1)
        case 8:
            turned = cv2.rotate(rgb, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return rgb
    return _as_uint8(turned)


def content_hash(data: FileBytes | memoryview) -> str:
    """Return the 128-bit XXH3 hash of a file's bytes as 32 hexadecimal digits: equal files, equal hashes.

    It is no cryptographic hash: whoever wants to can make two files collide, and gains nothing by it.
    """
    return xxhash.xxh3_128_hexdigest(data)


def pixel_hash(rgb: RgbImage) -> str:
    """Return the 128-bit XXH3 hash of decoded pixels and their size: equal images, equal hashes.

    Args:
        rgb: H x W x 3, uint8.
    """
    digest = xxhash.xxh3_128(repr(rgb.shape).encode())
    digest.update(np.ascontiguousarray(rgb).data)
    return digest.hexdigest()


def _decode_samples(data: FileBytes, layout: FileLayout, *, keep: bool, reduction: int) -> npt.NDArray[Any] | None:
    """Decode without orientation to samples as they are stored, or to 8-bit RGB; None where OpenCV cannot."""
    if reduction > 1 and layout.tiff is not None:
        return reduce_plain_tiff(data, layout, reduction, keep=keep)
    flags = cv2.IMREAD_UNCHANGED if keep else _REDUCED[reduction]
    if layout.header.width * layout.header.height >= _BY_PATH_FROM_PX:
        with as_path(data) as path:
            if path is not None:
                return cv2.imread(path, None, flags)
    return cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)


def _to_rgb_8(samples: npt.NDArray[Any], layout: FileLayout, *, keep: bool) -> RgbImage | None:
    """Turn decoded samples into 8-bit RGB; None for samples of a type that no picture has."""
    if samples.dtype not in (np.uint8, np.uint16):
        return None
    if samples.ndim == 3 and not keep:
        return _as_uint8(samples)  # OpenCV has put the channels in order while decoding
    header = layout.header
    key = layout.png_transparent_grey
    convert: Callable[[npt.NDArray[Any]], RgbImage]
    if key is not None and samples.ndim == 2:
        convert = partial(_grey_with_key, key=key, bit_depth=header.bit_depth)
    elif samples.ndim == 3 and samples.shape[2] == 4 and _may_be_transparent(header):
        convert = partial(_lay_on_white, premultiplied=_is_premultiplied(layout))
    else:
        convert = _to_rgb
    return _convert_in_strips(samples, convert)


def _convert_in_strips(samples: npt.NDArray[Any], convert: Callable[[npt.NDArray[Any]], RgbImage]) -> RgbImage:
    """Convert samples to RGB a few rows at a time, so that what lies in between stays small."""
    height, width = samples.shape[:2]
    rows = max(1, _STRIP_BYTES // (width * 4))
    if rows >= height:
        return convert(samples)
    rgb = np.empty((height, width, 3), dtype=np.uint8)
    for top in range(0, height, rows):
        rgb[top : top + rows] = convert(samples[top : top + rows])
    return rgb


def _may_be_transparent(header: ImageHeader) -> bool:
    """Tell whether a picture may be transparent; a GIF or WebP also where no frame covers the canvas."""
    return header.has_alpha or header.format in ("gif", "webp")


def _keeps_samples(layout: FileLayout, *, rounded: bool) -> bool:
    """Whether samples are asked for as they are stored.

    IMREAD_COLOR drops alpha, and of 16-bit TIFF samples it rounds instead of keeping the high byte.
    """
    return _may_be_transparent(layout.header) or (_is_plain_16_bit_tiff(layout) and not rounded)


def _to_rgb(samples: npt.NDArray[Any]) -> RgbImage:
    """Return grey, BGR or BGRA samples as RGB, without their transparency."""
    pixels = _high_bytes(samples)
    if pixels.ndim == 2:
        return _as_uint8(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    return _as_uint8(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB))


def _lay_on_white(bgra: npt.NDArray[Any], *, premultiplied: bool) -> RgbImage:
    """Composite H x W x 4 BGRA samples on white."""
    pixels = _high_bytes(bgra).astype(np.uint16)
    alpha, colour = pixels[..., 3:], pixels[..., 2::-1]
    if premultiplied:
        return _as_uint8(np.minimum(colour + (255 - alpha), 255))
    return _as_uint8((colour * alpha + 255 * (255 - alpha) + 127) // 255)


def _grey_with_key(grey: npt.NDArray[Any], *, key: int, bit_depth: int) -> RgbImage:
    """Turn H x W grey samples into RGB, white where the stored sample was the transparent one."""
    scaled_key = key * 255 // ((1 << bit_depth) - 1) if bit_depth < 8 else key
    transparent = grey == scaled_key
    pixels = np.where(transparent, np.uint8(255), _high_bytes(grey))
    return _as_uint8(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))


def _high_bytes(samples: npt.NDArray[Any]) -> RgbImage:
    """Return 8-bit samples as they are and of 16-bit samples the high byte."""
    if samples.dtype != np.uint16:
        return _as_uint8(samples)
    high = np.empty(samples.shape, dtype=np.uint8)
    np.right_shift(samples, 8, out=high, casting="unsafe")
    return high


def _stretch(samples: npt.NDArray[np.uint16], layout: FileLayout) -> None:
    """Stretch 16-bit samples, where they are, to be looked at; those that stand for transparency stay transparent."""
    key = layout.png_transparent_grey
    if key is None or samples.ndim != 2:
        stretch(samples)
        return
    transparent = samples == key
    stretch(samples)
    samples[samples == key] ^= 1  # the same to the eye
    samples[transparent] = key


def _holds_16_bits(layout: FileLayout) -> bool:
    """Whether a file holds unsigned 16-bit samples that OpenCV hands out as they are stored."""
    header = layout.header
    return header.bit_depth == 16 and (header.format in ("png", "netpbm") or _is_plain_16_bit_tiff(layout))


def _is_plain_16_bit_tiff(layout: FileLayout) -> bool:
    """Whether a TIFF holds unsigned 16-bit grey (black is zero) or RGB samples."""
    if layout.tiff is None or layout.header.bit_depth != 16:
        return False
    return layout.tiff.first(_tiff.PHOTOMETRIC, 2) in (1, 2) and layout.tiff.first(_tiff.SAMPLE_FORMAT, 1) == 1


def _is_premultiplied(layout: FileLayout) -> bool:
    """Whether OpenCV hands out colours already multiplied by alpha: libtiff does so for 8-bit samples."""
    if layout.tiff is None:
        return False
    return layout.header.bit_depth != 16 or layout.tiff.first(_tiff.EXTRA_SAMPLES, 0) == 1


@contextmanager
def _neutral_tiff_orientation(data: FileBytes, layout: FileLayout) -> Iterator[FileBytes]:
    """Give TIFF bytes of orientation 1: OpenCV's TIFF decoder obeys the tag whatever its flags say."""
    if layout.tiff is None or layout.header.exif_orientation == 1:
        yield data
        return
    field = layout.tiff.fields[_tiff.ORIENTATION]
    patched = data if isinstance(data, MemoryFile) else bytearray(data)
    struct.pack_into(field.code, patched, field.offset, 1)
    try:
        yield patched
    finally:
        struct.pack_into(field.code, patched, field.offset, layout.header.exif_orientation)


def _lacks_end_of_image(data: FileBytes, scan_offset: int) -> bool:
    """Whether no end-of-image marker follows the start of a JPEG's compressed pixels.

    Inside the pixels 0xFF is always followed by a stuffed zero or a restart marker, so a match is real.
    Trailing bytes after the marker (padding, a second image) are common and harmless.
    """
    return data.rfind(b"\xff\xd9", scan_offset) < 0


def _reduce_to_still_png(data: FileBytes) -> FileBytes | None:
    """Return a PNG without its animation chunks, or None if its chunks do not lie within the file.

    The bytes never reach OpenCV (5.0) otherwise: it makes room for a chunk before reading it, so that one
    damaged length costs up to 4 GB, and damaged animations make it write outside its memory.
    """
    kept_from, position, parts = 0, 8, []
    while position + 12 <= len(data):
        kind = data[position + 4 : position + 8]
        end = position + 12 + int.from_bytes(data[position : position + 4], "big")
        if kind in _PNG_ANIMATION_CHUNKS:
            parts.append(data[kept_from:position])
            kept_from = end
        elif kind == b"IEND":
            if end > len(data):
                return None
            return b"".join([*parts, data[kept_from:end]]) if parts else data
        position = end
    return None


def _describe(header: ImageHeader) -> str:
    return f"{header.format.upper()} of {header.width} x {header.height} pixels, {header.bit_depth} bits"


def _as_uint8(pixels: npt.NDArray[Any]) -> RgbImage:
    return np.ascontiguousarray(pixels, dtype=np.uint8)
