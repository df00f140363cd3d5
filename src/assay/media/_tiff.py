"""The first directory of a TIFF structure: a TIFF file, or the EXIF block inside another format."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from assay.media._source import ByteSource, MemorySource

IMAGE_WIDTH = 256
IMAGE_LENGTH = 257
BITS_PER_SAMPLE = 258
COMPRESSION = 259
PHOTOMETRIC = 262
STRIP_OFFSETS = 273
ORIENTATION = 274
SAMPLES_PER_PIXEL = 277
ROWS_PER_STRIP = 278
PLANAR_CONFIGURATION = 284
TILE_WIDTH = 322
EXTRA_SAMPLES = 338
SAMPLE_FORMAT = 339

_WANTED = frozenset(
    {
        IMAGE_WIDTH,
        IMAGE_LENGTH,
        BITS_PER_SAMPLE,
        COMPRESSION,
        PHOTOMETRIC,
        STRIP_OFFSETS,
        ORIENTATION,
        SAMPLES_PER_PIXEL,
        ROWS_PER_STRIP,
        PLANAR_CONFIGURATION,
        TILE_WIDTH,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
    }
)
_INTEGER_TYPES = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4), 16: ("Q", 8)}
_MAX_ENTRIES = 4096
_MAX_VALUES = 16


@dataclass(frozen=True, slots=True)
class TiffField:
    """The first values of one field, and where and how they are stored."""

    values: tuple[int, ...]
    offset: int
    code: str


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """The fields of the first directory that matter here, and whether another directory follows."""

    fields: dict[int, TiffField]
    has_next: bool

    def first(self, tag: int, default: int) -> int:
        """Return the first value of `tag`, or `default` where the field is absent."""
        field = self.fields.get(tag)
        return field.values[0] if field else default

    @property
    def orientation(self) -> int:
        """The orientation 1..8; 1 where it is absent or not one of these."""
        value = self.first(ORIENTATION, 1)
        return value if 1 <= value <= 8 else 1


def read_directory(source: ByteSource) -> TiffDirectory | None:
    """Return the first directory of the TIFF or BigTIFF structure in `source`, or None if there is none.

    Bounded: at most 4,096 entries and 16 values of each wanted field are looked at.
    """
    head = source.read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    version: int = struct.unpack_from(order + "H", head, 2)[0]
    if version == 42:
        start: int = struct.unpack_from(order + "I", head, 4)[0]
        count_code, entry_size, pointer_code = "H", 12, "I"
    elif version == 43 and len(head) == 16:
        start = struct.unpack_from(order + "Q", head, 8)[0]
        count_code, entry_size, pointer_code = "Q", 20, "Q"
    else:
        return None
    count_size = struct.calcsize(order + count_code)
    raw_count = source.read(start, count_size)
    if len(raw_count) < count_size:
        return None
    count: int = struct.unpack(order + count_code, raw_count)[0]
    entries_start = start + count_size
    entries = source.read(entries_start, min(count, _MAX_ENTRIES) * entry_size)
    fields: dict[int, TiffField] = {}
    for position in range(0, len(entries) - entry_size + 1, entry_size):
        tag: int = struct.unpack_from(order + "H", entries, position)[0]
        if tag in _WANTED and tag not in fields:
            entry = entries[position : position + entry_size]
            field = _read_field(source, order, entry, entries_start + position, pointer_code)
            if field is not None:
                fields[tag] = field
    pointer_size = struct.calcsize(order + pointer_code)
    next_pointer = source.read(entries_start + count * entry_size, pointer_size)
    return TiffDirectory(fields, has_next=any(next_pointer))


def read_exif_orientation(block: bytes) -> int:
    """Return the orientation 1..8 of an EXIF block (with or without its `Exif` prefix), 1 if it has none."""
    directory = read_directory(MemorySource(block.removeprefix(b"Exif\0\0")))
    return directory.orientation if directory is not None else 1


def _read_field(source: ByteSource, order: str, entry: bytes, entry_offset: int, pointer_code: str) -> TiffField | None:
    kind: int = struct.unpack_from(order + "H", entry, 2)[0]
    if kind not in _INTEGER_TYPES:
        return None
    count: int = struct.unpack_from(order + pointer_code, entry, 4)[0]
    code, size = _INTEGER_TYPES[kind]
    pointer_size = struct.calcsize(order + pointer_code)
    inline_at = 4 + pointer_size
    length = min(count, _MAX_VALUES)
    if count * size <= pointer_size:
        offset = entry_offset + inline_at
        raw = entry[inline_at : inline_at + length * size]
    else:
        offset = struct.unpack_from(order + pointer_code, entry, inline_at)[0]
        raw = source.read(offset, length * size)
    if length == 0 or len(raw) < length * size:
        return None
    return TiffField(struct.unpack(f"{order}{length}{code}", raw), offset, order + code)
