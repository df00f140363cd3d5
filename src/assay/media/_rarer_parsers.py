"""Parsers of the headers of Netpbm, JPEG 2000 and AVIF files: what decoding them needs, and no more."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from assay.media._source import ByteSource, unreadable

_NETPBM_HEAD = 4096  # bytes; comments longer than that are refused
_NETPBM = re.compile(
    rb"P(?P<kind>[1-6])(?:\s|#[^\n]*\n)+(?P<width>\d{1,10})(?:\s|#[^\n]*\n)+(?P<height>\d{1,10})"
    rb"(?:(?:\s|#[^\n]*\n)+(?P<greatest>\d{1,5}))?"
)
JP2_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
J2K_SIGNATURE = b"\xff\x4f\xff\x51"
_AVIF_BRANDS = (b"avif", b"avis")
_MOST_BOXES = 1000

Facts = tuple[int, int, int, int, bool]
"""Width, height, channels, bits per sample, whether there is transparency."""


def is_netpbm(start: bytes) -> bool:
    """Tell whether a file begins as a PBM, PGM or PPM file does."""
    return start[:1] == b"P" and start[1:2] in b"123456" and start[2:3] in b" \t\r\n#" and len(start) > 2


def is_avif(start: bytes) -> bool:
    """Tell whether a file begins as an AVIF file does."""
    return start[4:8] == b"ftyp" and start[8:12] in _AVIF_BRANDS


def read_netpbm(source: ByteSource) -> Facts:
    """Return the facts of a PBM, PGM or PPM file, plain or raw.

    Raises:
        InputError: its header is damaged.
    """
    match = _NETPBM.match(source.read(0, _NETPBM_HEAD))
    if not match:
        raise unreadable(source.item, "a Netpbm file with a damaged header")
    kind = int(match["kind"])
    is_bitmap, channels = kind in (1, 4), 3 if kind in (3, 6) else 1
    greatest = 1 if is_bitmap else int(match["greatest"] or 0)
    if not 0 < greatest < 65_536:
        raise unreadable(source.item, f"a Netpbm file with {greatest} for its greatest sample")
    return int(match["width"]), int(match["height"]), channels, 16 if greatest > 255 else 8, False


def read_jpeg2000(source: ByteSource) -> Facts:
    """Return the facts of a JPEG 2000 file or codestream.

    Raises:
        InputError: its header is damaged.
    """
    start = source.read(0, len(JP2_SIGNATURE))
    if start.startswith(J2K_SIGNATURE):
        head = source.read(0, 43)
        if len(head) < 43:
            raise unreadable(source.item, "a JPEG 2000 codestream that ends within its header")
        right, bottom, left, top = struct.unpack_from(">4I", head, 8)  # Xsiz, Ysiz, XOsiz, YOsiz
        channels, depth = struct.unpack_from(">HB", head, 40)
        depth = (depth & 0x7F) + 1
        return right - left, bottom - top, channels, depth, channels in (2, 4)
    for kind, first, last in _boxes(source, 0, source.size):
        if kind == b"jp2h":
            for inner, at, end in _boxes(source, first, last):
                if inner == b"ihdr" and end - at >= 12:
                    height, width, channels, depth = struct.unpack(">IIHB", source.read(at, 11))
                    return width, height, channels, (depth & 0x7F) + 1, channels in (2, 4)
    raise unreadable(source.item, "a JPEG 2000 file without an image header")


def read_avif(source: ByteSource) -> Facts:
    """Return the facts of an AVIF file: the size of its largest item, since alpha and tiles are no larger.

    Raises:
        InputError: its header is damaged.
    """
    width = height = 0
    depth, has_alpha = 8, False
    for name, place, after in _properties(source):
        content = source.read(place, min(after - place, 128))
        if name == b"ispe" and len(content) >= 12:
            own = struct.unpack_from(">2I", content, 4)
            if own[0] * own[1] > width * height:
                width, height = own
        elif name == b"pixi" and len(content) >= 6:
            depth = max(depth, content[5])
        elif name == b"auxC":
            has_alpha = has_alpha or b":alpha" in content or b"auxid:1" in content
    if not width:
        raise unreadable(source.item, "an AVIF file without the size of its picture")
    return width, height, 4 if has_alpha else 3, depth, has_alpha


def _properties(source: ByteSource) -> Iterator[tuple[bytes, int, int]]:
    """Yield the item properties of an AVIF file: the boxes in meta, iprp, ipco."""
    spans = [(0, source.size)]
    for box_kind, skipped in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
        boxes = [box for span in spans for box in _boxes(source, *span)]
        spans = [(first + skipped, last) for kind, first, last in boxes if kind == box_kind]
    for span in spans:
        yield from _boxes(source, *span)


def _boxes(source: ByteSource, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes of an ISO base media file between two offsets: type, and where the content starts and ends."""
    for _ in range(_MOST_BOXES):
        head = source.read(start, 16)
        if len(head) < 8 or start >= end:
            return
        size, kind = struct.unpack_from(">I4s", head)
        content = start + 8
        if size == 1 and len(head) == 16:
            size, content = struct.unpack_from(">Q", head, 8)[0], start + 16
        last = end if size == 0 else start + size
        if last <= content - 1 or last > end:
            return
        yield kind, content, last
        start = last
