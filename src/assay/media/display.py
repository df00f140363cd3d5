"""Pictures that are decoded to be looked at: large ones one at a time, reduced where nobody sees it, within a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from assay.errors import InputError
from assay.media.decode import RgbImage, decode_rgb, decoding_bytes
from assay.media.header import FileLayout, read_layout
from assay.media.thumbnails import scale_down

Result = TypeVar("Result")

_LARGE_BYTES = 48_000_000  # of decoding: 8 megapixels
_KEPT_S = 3.0
_REDUCTIONS = (8, 4, 2, 1)


class LargePictures:
    """Decodes pictures to be shown.

    Those of few bits in 16 are stretched. Large ones wait for one another, and the last of them is kept for some
    seconds: the crops of a page are often of the same picture. A large JPEG is decoded at 1/2, 1/4 or 1/8 where that
    is as good, or else too large.

    Args:
        most_bytes: What decoding a picture may take, in bytes.
    """

    def __init__(self, most_bytes: int = 640_000_000) -> None:
        self._most_bytes = most_bytes
        self._mutex = threading.Lock()
        self._kept: tuple[str, RgbImage] | None = None
        self._timer: threading.Timer | None = None

    def shrink(self, data: bytes, key: str, *, oriented: bool, item: str | None, edge: int) -> RgbImage:
        """Return a picture scaled down to at most ``edge`` pixels a side. See :meth:`use`."""

        def find_scale(width: int, height: int) -> float:
            return edge / max(width, height)

        return self.use(data, key, lambda rgb, _: scale_down(rgb, edge), find_scale, oriented=oriented, item=item)

    def use(
        self,
        data: bytes,
        key: str,
        work: Callable[[RgbImage, tuple[int, int]], Result],
        find_scale: Callable[[int, int], float],
        *,
        oriented: bool,
        item: str | None,
    ) -> Result:
        """Decode a picture, and return what is made of it.

        Args:
            data: The whole file.
            key: Another one for each file, version and orientation.
            work: Gets the pixels, perhaps reduced, and the picture's width and height in full; must not keep them.
            find_scale: Gets the same width and height, and returns the least scale that the pixels are needed at.
            oriented: Whether the EXIF orientation is applied.
            item: What to call the file in an error.

        Raises:
            InputError: It cannot be decoded, or decoding takes too much memory.
        """
        layout = read_layout(data, item=item)
        header = layout.header
        size = header.oriented_size if oriented else (header.width, header.height)
        if decoding_bytes(layout, show=True) <= _LARGE_BYTES:
            return work(decode_rgb(data, apply_orientation=oriented, item=item, show=True).shown, size)
        reduction = self._choose_reduction(layout, find_scale(*size), item)
        with self._mutex:
            full_key = f"{key}/{reduction}"
            if self._kept is None or self._kept[0] != full_key:
                self._kept = None
                show = decoding_bytes(layout, reduction, show=True) <= self._most_bytes
                decoded = decode_rgb(data, apply_orientation=oriented, item=item, reduction=reduction, show=show)
                rgb = decoded.shown
                self._kept = (full_key, rgb)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_KEPT_S, self._forget)
            self._timer.daemon = True
            self._timer.start()
            return work(self._kept[1], size)

    def _choose_reduction(self, layout: FileLayout, scale: float, item: str | None) -> int:
        possible = _REDUCTIONS if layout.header.format == "jpeg" else (1,)
        bearable = [r for r in possible if decoding_bytes(layout, r) <= self._most_bytes]
        if not bearable:
            least = min(decoding_bytes(layout, r) for r in possible)
            raise InputError(
                "The image is too large to be shown.",
                item=item,
                expected=f"at most {self._most_bytes // 10**6:,} MB to decode it",
                actual=f"{layout.header.width:,} x {layout.header.height:,} pixels, {least // 10**6:,} MB",
                hint="It is measured all the same. To look at it, cut it into tiles, or store it as a baseline JPEG.",
            )
        return next((r for r in bearable if 1 / r >= scale), bearable[-1])

    def _forget(self) -> None:
        with self._mutex:
            self._kept = None
