"""Pictures that are decoded to be looked at: large ones one at a time, reduced where nobody sees it, within a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from assay.errors import InputError
from assay.media.decode import RgbImage, can_reduce, decode_rgb, decoding_bytes
from assay.media.header import FileLayout, read_layout
from assay.media.memory_file import FileBytes
from assay.media.thumbnails import scale_down

Result = TypeVar("Result")

_LARGE_FILE_BYTES = 16_000_000
_LARGE_BYTES = 48_000_000  # of decoding: 8 megapixels
_KEPT_S = 3.0
_REDUCTIONS = (8, 4, 2, 1)


class TurnNeededError(Exception):
    """A picture is large: it has to wait for others. Whoever asked without a turn asks again with one."""


@dataclass(frozen=True)
class PictureFile:
    """A picture's file that is to be shown.

    Attributes:
        key: Another one for each file, version and orientation.
        item: What to call it in an error.
        oriented: Whether the EXIF orientation is applied.
        size_bytes: Of the file.
        read: Returns the whole file.
    """

    key: str
    item: str | None
    oriented: bool
    size_bytes: int
    read: Callable[[], FileBytes]


@dataclass(frozen=True)
class _Decoded:
    key: str
    layout: FileLayout
    reduction: int
    rgb: RgbImage


class LargePictures:
    """Decodes pictures to be shown.

    Those of few bits in 16 are stretched. Large ones, and large files, are read and decoded one after another, and the
    last of them is kept for some seconds: the crops of a page are often of the same picture. A large JPEG, or TIFF
    without compression, is decoded at 1/2, 1/4 or 1/8 where that is as good, or else too large.

    Args:
        most_bytes: What a picture's file and its decoding may take together, in bytes.
    """

    def __init__(self, most_bytes: int = 720_000_000) -> None:
        self._most_bytes = most_bytes
        self._mutex = threading.RLock()
        self._last: _Decoded | None = None
        self._timer: threading.Timer | None = None

    @contextmanager
    def reading(self, file: PictureFile, *, turn: bool = True) -> Iterator[PictureFile]:
        """Read a file; give it as one that is in memory. ``turn`` as in :meth:`use`.

        Raises:
            TurnNeededError: It is large, and it is nobody's turn.
        """
        with self._turn(file.size_bytes > _LARGE_FILE_BYTES, turn=turn):
            data = self._read(file)
            yield PictureFile(file.key, file.item, file.oriented, len(data), lambda: data)

    def shrink(self, file: PictureFile, edge: int, *, turn: bool = True) -> RgbImage:
        """Return a picture scaled down to at most ``edge`` pixels a side. See :meth:`use`."""

        def find_scale(width: int, height: int) -> float:
            return edge / max(width, height)

        return self.use(file, lambda rgb, _: scale_down(rgb, edge), find_scale, turn=turn)

    def use(
        self,
        file: PictureFile,
        work: Callable[[RgbImage, tuple[int, int]], Result],
        find_scale: Callable[[int, int], float],
        *,
        turn: bool = True,
    ) -> Result:
        """Decode a picture, and return the result of ``work`` on it.

        Args:
            file: Its file.
            work: Gets the pixels, perhaps reduced, and the picture's width and height in full; must not keep them.
            find_scale: Gets the same width and height, and returns the least scale that the pixels are needed at.
            turn: Whether a large picture may be waited for.

        Raises:
            InputError: It cannot be decoded, or decoding takes too much memory.
            TurnNeededError: It is large, and it is nobody's turn.
        """
        with self._turn(file.size_bytes > _LARGE_FILE_BYTES, turn=turn):
            picture = self._last
            if picture is not None and picture.key == file.key:
                layout, data = picture.layout, None
            else:
                data = self._read(file)
                layout = read_layout(data, item=file.item)
            header = layout.header
            size = header.oriented_size if file.oriented else (header.width, header.height)
            if data is not None and decoding_bytes(layout, show=True) <= _LARGE_BYTES:
                rgb = decode_rgb(data, apply_orientation=file.oriented, item=file.item, show=True).shown
                return work(rgb, size)
            with self._turn(True, turn=turn):
                reduction = self._choose_reduction(layout, find_scale(*size), file)
                rgb = self._decode(file, data, layout, reduction)
                del data
                self._keep(_Decoded(file.key, layout, reduction, rgb))
                return work(rgb, size)

    @contextmanager
    def _turn(self, is_large: bool, *, turn: bool) -> Iterator[None]:
        if not is_large:
            yield
        elif not turn:
            raise TurnNeededError
        else:
            with self._mutex:
                yield

    def _read(self, file: PictureFile) -> FileBytes:
        if file.size_bytes > _LARGE_FILE_BYTES:
            self._last = None  # there is room for one
        return file.read()

    def _decode(self, file: PictureFile, data: FileBytes | None, layout: FileLayout, reduction: int) -> RgbImage:
        """Return a large picture's pixels, those that are kept if they are the same; it has its turn."""
        if self._last is not None and (self._last.key, self._last.reduction) == (file.key, reduction):
            return self._last.rgb
        self._last = None
        show = decoding_bytes(layout, reduction, show=True) <= self._most_bytes - file.size_bytes
        return decode_rgb(
            self._read(file) if data is None else data,
            apply_orientation=file.oriented,
            item=file.item,
            reduction=reduction,
            show=show,
            rounded=not show,
        ).shown

    def _choose_reduction(self, layout: FileLayout, scale: float, file: PictureFile) -> int:
        possible = _REDUCTIONS if can_reduce(layout) else (1,)
        memory = {
            reduction: decoding_bytes(layout, reduction, rounded=True) + file.size_bytes for reduction in possible
        }
        bearable = [reduction for reduction in possible if memory[reduction] <= self._most_bytes]
        if not bearable:
            raise InputError(
                "The image is too large to be shown.",
                item=file.item,
                expected=f"at most {self._most_bytes // 10**6:,} MB for the file and to decode it",
                actual=f"{layout.header.width:,} x {layout.header.height:,} pixels, "
                f"{min(memory.values()) // 10**6:,} MB",
                hint="It is measured all the same. To look at it, cut it into tiles, or store it as a baseline JPEG.",
            )
        return next((r for r in bearable if 1 / r >= scale), bearable[-1])

    def _keep(self, picture: _Decoded) -> None:
        """Keep the pixels for a while; the picture has its turn."""
        self._last = picture
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(_KEPT_S, self._forget)
        self._timer.daemon = True
        self._timer.start()

    def _forget(self) -> None:
        with self._mutex:
            self._last = None
