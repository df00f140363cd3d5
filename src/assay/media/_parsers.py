"""One parser per image format, each over a `ByteSource`; any bytes give a layout or an `InputError`."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from assay.media import _rarer_parsers, _tiff
from assay.media._rarer_parsers import J2K_SIGNATURE, JP2_SIGNATURE, Facts
from assay.media._source import ByteSource, unreadable

ImageFormat = Literal["jpeg", "png", "tiff", "webp", "bmp", "gif", "netpbm", "jp2", "avif"]

_MAX_JPEG_SEGMENTS = 2000
_MAX_CHUNKS = 10_000
_MAX_GIF_BLOCKS = 1000
_MOST_SIDE = 2**31 - 1  # px; what the database holds, and PNG allows
_JPEG_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The header of an image file: format, size, depth and orientation.

    Attributes:
        format: The format by content, whatever the file's name.
        width: Stored width in pixels, before any orientation.
        height: Stored height in pixels, before any orientation.
        exif_orientation: 1..8; 1 where the file has none or an impossible one.
        channels: Stored samples per pixel (a palette image has 1; a CMYK image has 4).
        bit_depth: Bits per stored sample.
        has_alpha: Some pixels may be transparent.
        has_more_frames: A hint that more frames or pages follow the first, from the header alone.
    """

    format: ImageFormat
    width: int
    height: int
    exif_orientation: int = 1
    channels: int = 3
    bit_depth: int = 8
    has_alpha: bool = False
    has_more_frames: bool = False

    @property
    def media_type(self) -> str:
        """The MIME type, such as `image/jpeg`."""
        if self.format == "netpbm":
            return "image/x-portable-anymap"
        return f"image/{self.format}"

    @property
    def oriented_size(self) -> tuple[int, int]:
        """(width, height) in pixels once the EXIF orientation is applied."""
        return (self.height, self.width) if self.exif_orientation >= 5 else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class FileLayout:
    """A header with the properties of the file that decoding and viewing depend on.

    Attributes:
        header: The header.
        jpeg_scan_offset: Where the compressed pixels of a JPEG start; 0 if that was not reached.
        jpeg_frame: The JPEG's frame marker (0xC0 baseline, 0xC2 progressive); 0 for other formats.
        png_transparent_grey: The stored grey value that a greyscale PNG declares transparent.
        tiff: The first directory of a TIFF.
    """

    header: ImageHeader
    jpeg_scan_offset: int = 0
    jpeg_frame: int = 0
    png_transparent_grey: int | None = None
    tiff: _tiff.TiffDirectory | None = None


def parse_layout(source: ByteSource) -> FileLayout:
    """Tell the format by its first bytes and parse it.

    Raises:
        InputError: No known format, a damaged header, or a file that ends within it.
    """
    start = source.read(0, 16)
    if not start:
        raise unreadable(source.item, "an empty file")
    parser = _choose_parser(start)
    if parser is None:
        raise unreadable(source.item, f"a file that begins with {start!r}")
    layout = parser(source)
    if not (0 < layout.header.width <= _MOST_SIDE and 0 < layout.header.height <= _MOST_SIDE):
        raise unreadable(source.item, f"a size of {layout.header.width} x {layout.header.height} pixels")
    return layout


def _choose_parser(start: bytes) -> Callable[[ByteSource], FileLayout] | None:
    if start.startswith(b"\xff\xd8\xff"):
        return _parse_jpeg
    if start.startswith(_PNG_SIGNATURE):
        return _parse_png
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _parse_tiff
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return _parse_webp
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return _parse_gif
    return _parse_bmp if start[:2] == b"BM" else _choose_rarer_parser(start)


def _choose_rarer_parser(start: bytes) -> Callable[[ByteSource], FileLayout] | None:
    rarer: tuple[tuple[bool, ImageFormat, Callable[[ByteSource], Facts]], ...] = (
        (_rarer_parsers.is_netpbm(start), "netpbm", _rarer_parsers.read_netpbm),
        (start.startswith((JP2_SIGNATURE, J2K_SIGNATURE)), "jp2", _rarer_parsers.read_jpeg2000),
        (_rarer_parsers.is_avif(start), "avif", _rarer_parsers.read_avif),
    )
    for is_own, name, reader in rarer:
        if is_own:
            return partial(_parse_rarer, name, reader)
    return None


def _parse_rarer(name: ImageFormat, reader: Callable[[ByteSource], Facts], source: ByteSource) -> FileLayout:
    width, height, channels, depth, has_alpha = reader(source)
    return FileLayout(ImageHeader(name, width, height, 1, channels, depth, has_alpha))


def _read_exactly(source: ByteSource, offset: int, count: int, what: str) -> bytes:
    raw = source.read(offset, count)
    if len(raw) < count:
        raise unreadable(source.item, f"a file that ends within {what}")
    return raw


def _parse_jpeg(source: ByteSource) -> FileLayout:
    position, scan_offset, frame_marker = 2, 0, 0
    frame: tuple[int, int, int, int] | None = None
    orientation: int | None = None
    for _ in range(_MAX_JPEG_SEGMENTS):
        segment = _next_jpeg_marker(source, position)
        if segment is None or segment[0] == 0xD9:
            break
        marker, position = segment
        if marker in _JPEG_STANDALONE:
            continue
        raw_length = source.read(position, 2)
        length = int.from_bytes(raw_length, "big")
        if len(raw_length) < 2 or length < 2:
            break
        if marker == 0xDA:
            scan_offset = position + length
            break
        if marker in _JPEG_FRAMES and frame is None:
            payload = _read_exactly(source, position + 2, 6, "the JPEG frame header")
            frame, frame_marker = struct.unpack(">BHHB", payload), marker
        elif marker == 0xE1 and orientation is None:
            payload = source.read(position + 2, length - 2)
            if payload.startswith(b"Exif\0\0"):
                orientation = _tiff.read_exif_orientation(payload)
        position += length
    if frame is None:
        raise unreadable(source.item, "a JPEG without a frame header before its end")
    bit_depth, height, width, channels = frame
    header = ImageHeader("jpeg", width, height, orientation or 1, channels, bit_depth)
    return FileLayout(header, jpeg_scan_offset=scan_offset, jpeg_frame=frame_marker)


def _next_jpeg_marker(source: ByteSource, position: int) -> tuple[int, int] | None:
    """Return the next marker and the offset after it; stray bytes before it are skipped, as libjpeg does."""
    window = source.read(position, 2)
    if len(window) == 2 and window[0] == 0xFF and window[1] not in (0x00, 0xFF):
        return window[1], position + 2
    match = _JPEG_MARKER.search(source.read(position, 4096))
    return (match[1][0], position + match.end()) if match else None


def _parse_png(source: ByteSource) -> FileLayout:
    head = _read_exactly(source, 8, 25, "the PNG header")
    if head[4:8] != b"IHDR" or head[:4] != b"\0\0\0\x0d":
        raise unreadable(source.item, "a PNG whose first chunk is not IHDR")
    width, height, bit_depth, colour_type = struct.unpack(">IIBB", head[8:18])
    if colour_type not in _PNG_CHANNELS or bit_depth not in (1, 2, 4, 8, 16):
        raise unreadable(source.item, f"a PNG of colour type {colour_type} with {bit_depth} bits")
    orientation, position = 1, 33
    has_alpha, has_more_frames = colour_type in (4, 6), False
    transparent_grey: int | None = None
    for _ in range(_MAX_CHUNKS):
        chunk = source.read(position, 8)
        if len(chunk) < 8 or chunk[4:] in (b"IDAT", b"IEND"):
            break
        length = int.from_bytes(chunk[:4], "big")
        if chunk[4:] == b"eXIf":
            orientation = _tiff.read_exif_orientation(source.read(position + 8, min(length, 1 << 20)))
        elif chunk[4:] == b"acTL":
            has_more_frames = int.from_bytes(source.read(position + 8, 4), "big") > 1
        elif chunk[4:] == b"tRNS":
            has_alpha = True
            if colour_type == 0 and length == 2:
                transparent_grey = int.from_bytes(source.read(position + 8, 2), "big")
        position += 12 + length
    channels = _PNG_CHANNELS[colour_type]
    header = ImageHeader("png", width, height, orientation, channels, bit_depth, has_alpha, has_more_frames)
    return FileLayout(header, png_transparent_grey=transparent_grey)


def _parse_tiff(source: ByteSource) -> FileLayout:
    directory = _tiff.read_directory(source)
    if directory is None:
        raise unreadable(source.item, "a TIFF whose first directory cannot be read")
    header = ImageHeader(
        "tiff",
        width=directory.first(_tiff.IMAGE_WIDTH, 0),
        height=directory.first(_tiff.IMAGE_LENGTH, 0),
        exif_orientation=directory.orientation,
        channels=directory.first(_tiff.SAMPLES_PER_PIXEL, 1),
        bit_depth=directory.first(_tiff.BITS_PER_SAMPLE, 1),
        # 1 is alpha already multiplied into the colours, 2 is plain alpha, 0 is some other channel.
        has_alpha=directory.first(_tiff.EXTRA_SAMPLES, 0) in (1, 2),
        has_more_frames=directory.has_next,
    )
    return FileLayout(header, tiff=directory)


def _parse_webp(source: ByteSource) -> FileLayout:
    head = _read_exactly(source, 12, 18, "the WebP header")
    kind, payload = head[:4], head[8:]
    if kind == b"VP8 " and payload[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", payload[6:10])
        return FileLayout(ImageHeader("webp", width & 0x3FFF, height & 0x3FFF))
    if kind == b"VP8L" and payload[0] == 0x2F:
        bits = int.from_bytes(payload[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        has_alpha = bool(bits >> 28 & 1)
        return FileLayout(ImageHeader("webp", width, height, channels=3 + has_alpha, has_alpha=has_alpha))
    if kind != b"VP8X":
        raise unreadable(source.item, f"a WebP whose first chunk is {kind!r}")
    flags = payload[0]
    width = int.from_bytes(payload[4:7], "little") + 1
    height = int.from_bytes(payload[7:10], "little") + 1
    has_alpha = bool(flags & 0x10)
    header = ImageHeader(
        "webp",
        width,
        height,
        exif_orientation=_find_webp_orientation(source) if flags & 0x08 else 1,
        channels=3 + has_alpha,
        has_alpha=has_alpha,
        has_more_frames=bool(flags & 0x02),
    )
    return FileLayout(header)


def _find_webp_orientation(source: ByteSource) -> int:
    position = 30
    for _ in range(_MAX_CHUNKS):
        chunk = source.read(position, 8)
        if len(chunk) < 8:
            break
        length = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"EXIF":
            return _tiff.read_exif_orientation(source.read(position + 8, min(length, 1 << 20)))
        position += 8 + length + length % 2
    return 1


def _parse_gif(source: ByteSource) -> FileLayout:
    head = _read_exactly(source, 0, 13, "the GIF header")
    width, height, flags = struct.unpack("<HHB", head[6:11])
    position = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    has_alpha = has_more_frames = False
    for _ in range(_MAX_GIF_BLOCKS):
        block = source.read(position, 14)
        if len(block) < 14 or block[0] != 0x21:
            break
        if block[1] == 0xF9:
            has_alpha = bool(block[3] & 1)
        elif block[3:14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
            has_more_frames = True
        position = _skip_gif_blocks(source, position + 2)
    header = ImageHeader("gif", width, height, channels=1, has_alpha=has_alpha, has_more_frames=has_more_frames)
    return FileLayout(header)


def _skip_gif_blocks(source: ByteSource, position: int) -> int:
    for _ in range(_MAX_GIF_BLOCKS):
        size = source.read(position, 1)
        if size in (b"", b"\0"):
            break
        position += 1 + size[0]
    return position + 1


def _parse_bmp(source: ByteSource) -> FileLayout:
    head = _read_exactly(source, 14, 16, "the BMP header")
    header_size: int = struct.unpack("<I", head[:4])[0]
    if header_size == 12:
        width, height, _planes, bits = struct.unpack("<HHHH", head[4:12])
    elif 16 <= header_size <= 256:
        width, height, _planes, bits = struct.unpack("<iiHH", head[4:16])
    else:
        raise unreadable(source.item, f"a file that begins with BM and has a header of {header_size} bytes")
    if bits not in (1, 2, 4, 8, 16, 24, 32):
        raise unreadable(source.item, f"a BMP of {bits} bits per pixel")
    alpha_mask = source.read(66, 4) if bits == 32 and header_size >= 56 else b""
    compression = int.from_bytes(source.read(30, 4), "little") if header_size >= 40 else 0
    has_alpha = any(alpha_mask) and compression in (3, 6)
    header = ImageHeader(
        "bmp",
        width,
        abs(height),  # a negative height means that rows are stored from the top
        channels={24: 3, 16: 3, 32: 3 + has_alpha}.get(bits, 1),
        bit_depth=min(bits, 8),
        has_alpha=has_alpha,
    )
    return FileLayout(header)
