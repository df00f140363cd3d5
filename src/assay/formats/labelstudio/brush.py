"""Label Studio's run-length encoding of strokes: bits of thi.ng/rle-pack, unpacked to the four channels of a layer.

Behind the number of values (32 bits), the size of a value less one (5 bits) and four sizes of counts less one (4 bits
each) stand runs: a bit, which of the sizes its count has (2 bits), the count less one, and then either one value that
is repeated or as many values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHANNELS = 4
_MOST_VALUES = 1 << 30


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def read(self, count: int) -> int:
        """Return the next bits as a number; 32 at most."""
        first, last = self.at >> 3, (self.at + count + 7) >> 3
        if last > len(self._data):
            raise ValueError("the runs end early")
        number = int.from_bytes(self._data[first:last], "big")
        self.at += count
        return (number >> (8 * last - self.at)) & ((1 << count) - 1)

    def read_many(self, count: int, size: int) -> NDArray[np.int64]:
        """Return the next ``count`` numbers of ``size`` bits each."""
        first, last = self.at >> 3, (self.at + count * size + 7) >> 3
        if last > len(self._data):
            raise ValueError("the runs end early")
        bits = np.unpackbits(np.frombuffer(self._data[first:last], dtype=np.uint8))
        start = self.at & 7
        self.at += count * size
        chosen = bits[start : start + count * size].reshape(count, size).astype(np.int64)
        return chosen @ (1 << np.arange(size - 1, -1, -1, dtype=np.int64))


def decode_brush(runs: Any, height: int, width: int) -> NDArray[np.int64]:
    """Return the pixels that a stroke covers: where the layer's alpha is not zero.

    Args:
        runs: The list of bytes in ``value.rle``.
        height, width: The image's.

    Returns:
        int64 ``(2n,)``, where each run of covered pixels starts and ends, ascending, in pixels counted along the rows:
        drawn they would be the memory of a bomb.

    Raises:
        ValueError: it is none of that size.
    """
    if not isinstance(runs, list) or not set(map(type, runs)) <= {int}:
        raise ValueError("expected a list of bytes")
    bits = _Bits(bytes(runs))
    count = bits.read(32)
    if count != height * width * _CHANNELS or count > _MOST_VALUES:
        raise ValueError(f"expected {width} x {height} pixels of four values, found {count} values")
    word = bits.read(5) + 1
    sizes = [bits.read(4) + 1 for _ in range(4)]
    found = [np.empty(0, dtype=np.int64)]
    at = 0
    while at < count:
        is_run = bits.read(1)
        end = at + 1 + bits.read(sizes[bits.read(2)])
        if end > count:
            raise ValueError("the runs are longer than the image")
        first, last = at // _CHANNELS, end // _CHANNELS  # whose alpha, the last of four values, is among these
        if is_run:
            if bits.read(word) & 255 and first < last:
                found.append(np.array((first, last)))
        else:
            values = bits.read_many(end - at, word) & 255
            covered = np.zeros(last - first + 2, dtype=np.bool_)
            covered[1:-1] = values[_CHANNELS - 1 - at % _CHANNELS :: _CHANNELS]
            found.append(np.flatnonzero(covered[1:] != covered[:-1]) + first)
        at = end
    bounds = np.concatenate(found)
    touching = np.flatnonzero(bounds[1:-1:2] == bounds[2::2]) * 2 + 1
    return np.delete(bounds, (touching, touching + 1))


_SIZES = (3, 4, 8, 16)  # bits of counts, as Label Studio has them


def encode_brush(mask: NDArray[np.uint8]) -> list[int]:
    """Return pixels ``(height, width)``, 0 or 1, as the bytes of a stroke: all four channels 255 where it covers."""
    flat = mask.ravel()
    ends = np.concatenate((np.flatnonzero(np.diff(flat)) + 1, [len(flat)]))
    lengths = np.diff(np.concatenate(([0], ends))) * _CHANNELS
    parts = [f"{len(flat) * _CHANNELS:032b}{7:05b}", *(f"{size - 1:04b}" for size in _SIZES)]
    for end, length in zip(ends.tolist(), lengths.tolist(), strict=True):
        value, left = f"{255 if flat[end - 1] else 0:08b}", length
        while left:
            run = min(left, 1 << _SIZES[-1])
            which = next(at for at, size in enumerate(_SIZES) if run <= 1 << size)
            parts.append(f"1{which:02b}{run - 1:0{_SIZES[which]}b}{value}")
            left -= run
    bits = "".join(parts)
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))
