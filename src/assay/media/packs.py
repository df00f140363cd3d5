"""A cache of small files in a few large ones: append-only packs that survive being killed or deleted."""

from __future__ import annotations

import os
import re
import struct
import threading
import zlib
from pathlib import Path

from assay.errors import StorageError
from assay.ownfiles import has_link, open_own

PACK_BYTES = 64 * 1024 * 1024
"""Size in bytes at which a new pack is begun."""

_MAGIC = b"ASP1"
_HEADER = struct.Struct("<4sHII")  # magic, key bytes, data bytes, CRC-32 of the data
_CHECK = struct.Struct("<I")  # CRC-32 of header and key, so that a scan need not read the data
_PACK_NAME = re.compile(r"pack-(\d{8})\.bin")
_MAX_KEY_BYTES = 512

_Place = tuple[int, int, int]  # pack number, offset of the record, length of the record


class PackStore:
    """Bytes by key, for one writing process and its threads.

    A record carries its key, its length and checksums, so the packs are their own index: opening scans the
    record headers. A record that is torn (the process was killed, the disk was full) is ignored, and cut off
    before the next one is written. No file stays open between calls, so the directory may be deleted at any
    time: reads then miss and the next write begins afresh.

    Args:
        directory: Where the packs lie; made by the first `put`.
        max_bytes: Total size in bytes; the oldest pack is deleted when a record would exceed it.
        within: A folder from which on no symbolic link may lie on the way; where there is one, nothing is stored.
    """

    def __init__(self, directory: Path, *, max_bytes: int, within: Path | None = None) -> None:
        self._directory = Path(directory)
        self._usable = within is None or not has_link(within, self._directory)
        self._max_bytes = max_bytes
        self._pack_bytes = max(1, min(PACK_BYTES, max_bytes // 4))
        self._lock = threading.Lock()
        self._index: dict[str, _Place] = {}
        self._sizes: dict[int, int] = {}  # sound bytes of each pack, oldest first
        self._next_number = 1
        for number in _list_packs(self._directory) if self._usable else ():
            self._scan(number)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, key: str) -> bool:
        return key in self._index

    @property
    def total_bytes(self) -> int:
        """Size in bytes of all packs."""
        return sum(self._sizes.values())

    def get(self, key: str) -> bytes | None:
        """Return the bytes stored under `key`, or None if there are none or they are damaged."""
        with self._lock:
            place = self._index.get(key)
        if place is None:
            return None
        number, offset, length = place
        try:
            with _open(self._path(number), os.O_RDONLY) as pack:
                record = pack.read(offset, length)
        except FileNotFoundError:
            with self._lock:
                self._forget(number)
            return None
        except OSError:
            return None
        data = _unpack(record, key)
        if data is None:
            with self._lock:
                if self._index.get(key) == place:
                    del self._index[key]
        return data

    def count_damaged(self) -> int:
        """Read everything; return the number of records that are damaged and of packs that do not end soundly."""
        with self._lock:
            keys, sizes = list(self._index), dict(self._sizes)
        torn = 0
        for number in _list_packs(self._directory):
            try:
                with _open(self._path(number), os.O_RDONLY) as pack:
                    torn += pack.size() != sizes.get(number)
            except OSError:
                torn += 1
        return torn + sum(self.get(key) is None for key in keys)

    def put(self, key: str, data: bytes) -> bool:
        """Store `data` under `key`; a later value replaces an earlier one.

        Returns:
            Whether it was stored: False where the disk is full, the directory is read-only, or the record
            is larger than the whole store may be, or a link lies on the way. The store stays sound in each case.
        """
        raw_key = key.encode("utf-8", "surrogatepass")
        if not self._usable or len(raw_key) > _MAX_KEY_BYTES or len(data) > 0xFFFFFFFF:
            return False
        record = _pack(raw_key, data)
        if len(record) > self._max_bytes:
            return False
        with self._lock:
            try:
                self._make_room(len(record))
                number, offset = self._append(record)
            except OSError:
                return False
            self._index[key] = (number, offset, len(record))
            self._sizes[number] = offset + len(record)
            return True

    def _append(self, record: bytes) -> tuple[int, int]:
        """Write a record at the end of the newest pack, or of a new one; return pack number and offset."""
        if self._sizes:
            number = next(reversed(self._sizes))
            offset = self._sizes[number]
            has_room = offset == 0 or offset + len(record) <= self._pack_bytes
            if has_room and self._write(number, offset, record):
                return number, offset
        number = self._begin_pack()
        if not self._write(number, 0, record):
            raise FileNotFoundError(self._path(number))
        return number, 0

    def _begin_pack(self) -> int:
        """Make an empty pack under a number never used before; return the number."""
        self._directory.mkdir(parents=True, exist_ok=True)
        present = _list_packs(self._directory)
        for number in self._sizes.keys() - set(present):
            self._forget(number)
        number = max([self._next_number, *(other + 1 for other in present)])
        with _open(self._path(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL):
            self._next_number = number + 1
        self._sizes[number] = 0
        return number

    def _write(self, number: int, offset: int, record: bytes) -> bool:
        """Write at `offset`, cutting off what lies beyond; False if the pack is gone or too short."""
        try:
            with _open(self._path(number), os.O_RDWR) as pack:
                size = pack.size()
                if size < offset:
                    self._forget(number)
                    return False
                if size > offset:
                    pack.truncate(offset)
                try:
                    pack.write(offset, record)
                except OSError:
                    pack.truncate(offset)
                    raise
        except FileNotFoundError:
            self._forget(number)
            return False
        return True

    def _make_room(self, size: int) -> None:
        while self._sizes and self.total_bytes + size > self._max_bytes:
            oldest = next(iter(self._sizes))
            self._path(oldest).unlink(missing_ok=True)
            self._forget(oldest)

    def _forget(self, number: int) -> None:
        self._sizes.pop(number, None)
        self._index = {key: place for key, place in self._index.items() if place[0] != number}

    def _scan(self, number: int) -> None:
        """Read the record headers of one pack into the index, up to the first that is not sound."""
        self._next_number = number + 1
        offset = 0
        last: tuple[str, bytes, _Place | None] | None = None
        try:
            with _open(self._path(number), os.O_RDONLY) as pack:
                size = pack.size()
                while True:
                    head = pack.read(offset, _HEADER.size + _MAX_KEY_BYTES + _CHECK.size)
                    parsed = _parse_head(head)
                    if parsed is None or offset + parsed[1] > size:
                        break
                    key, length = parsed
                    last = (key, head, self._index.get(key))
                    self._index[key] = (number, offset, length)
                    offset += length
                if last is not None:
                    offset = self._drop_torn_tail(pack, last[0], last[2], offset)
        except OSError:
            return
        self._sizes[number] = offset

    def _drop_torn_tail(self, pack: _PackFile, key: str, earlier: _Place | None, end: int) -> int:
        """Check the data of a pack's last record; return where the pack's sound part ends."""
        _, offset, length = self._index[key]
        if _unpack(pack.read(offset, length), key) is not None:
            return end
        if earlier is None:
            del self._index[key]
        else:
            self._index[key] = earlier
        return offset

    def _path(self, number: int) -> Path:
        return self._directory / f"pack-{number:08d}.bin"


class _PackFile:
    """One open pack; positions are explicit because the descriptor belongs to a single call."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> _PackFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, count: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, count, offset)
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        return os.read(self._descriptor, count)

    def write(self, offset: int, data: bytes) -> None:
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def truncate(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)


def _open(path: Path, flags: int) -> _PackFile:
    """Open a pack.

    Raises:
        OSError: It cannot be opened, or something else lies in its place.
    """
    try:
        return _PackFile(open_own(path, flags))
    except StorageError as error:
        raise OSError(error.actual) from error


def _list_packs(directory: Path) -> list[int]:
    """Return the numbers of the packs in `directory`, oldest first; none where it cannot be listed."""
    try:
        names = os.listdir(directory)  # noqa: PTH208 - only names are needed
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := _PACK_NAME.fullmatch(name)))


def _pack(raw_key: bytes, data: bytes) -> bytes:
    head = _HEADER.pack(_MAGIC, len(raw_key), len(data), zlib.crc32(data)) + raw_key
    return head + _CHECK.pack(zlib.crc32(head)) + data


def _parse_head(head: bytes) -> tuple[str, int] | None:
    """Return key and whole length of the record that `head` begins, or None if it is not sound."""
    if len(head) < _HEADER.size:
        return None
    magic, key_length, data_length, _ = _HEADER.unpack_from(head)
    check_at = _HEADER.size + key_length
    if magic != _MAGIC or len(head) < check_at + _CHECK.size:
        return None
    if _CHECK.unpack_from(head, check_at)[0] != zlib.crc32(head[:check_at]):
        return None
    try:
        key = head[_HEADER.size : check_at].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return key, check_at + _CHECK.size + data_length


def _unpack(record: bytes, key: str) -> bytes | None:
    """Return the data of a whole record, or None if it is damaged or another key's."""
    parsed = _parse_head(record)
    if parsed is None or parsed != (key, len(record)):
        return None
    _, key_length, _, checksum = _HEADER.unpack_from(record)
    data = record[_HEADER.size + key_length + _CHECK.size :]
    return data if zlib.crc32(data) == checksum else None
