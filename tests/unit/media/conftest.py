"""Generated images: one gradient in every format and mode, and TIFF files built tag by tag."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

Encode = Callable[..., bytes]
BuildTiff = Callable[..., bytes]


def _gradient() -> npt.NDArray[np.uint8]:
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([x * 4, y * 5, (x + y) * 2], axis=-1).astype(np.uint8)


def _encode(image: Image.Image | npt.NDArray[Any], format_name: str, **options: Any) -> bytes:
    stored = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    stored.save(buffer, format_name, **options)
    return buffer.getvalue()


def _build_tiff(
    samples: npt.NDArray[Any],
    *,
    order: str = "<",
    big: bool = False,
    orientation: int | None = None,
    photometric: int | None = None,
    extra_samples: int | None = None,
) -> bytes:
    """Return an uncompressed single-strip TIFF of H x W or H x W x C samples, its directory at the end."""
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    pixels = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    start = 16 if big else 8
    tags: list[tuple[int, str, list[int]]] = [
        (256, "H", [width]),
        (257, "H", [height]),
        (258, "H", [samples.dtype.itemsize * 8] * channels),
        (259, "H", [1]),
        (262, "H", [photometric if photometric is not None else (2 if channels >= 3 else 1)]),
        (273, "I", [start]),
        *([(274, "H", [orientation])] if orientation is not None else []),
        (277, "H", [channels]),
        (278, "H", [height]),
        (279, "I", [len(pixels)]),
        *([(338, "H", [extra_samples])] if extra_samples is not None else []),
    ]
    pointer, count_code, room = ("Q", "Q", 8) if big else ("I", "H", 4)
    extra_at, extra = start + len(pixels), b""
    entries = b""
    for tag, code, values in tags:
        raw = struct.pack(f"{order}{len(values)}{code}", *values)
        if len(raw) > room:
            extra += raw
            raw = struct.pack(order + pointer, extra_at + len(extra) - len(raw))
        kind = 3 if code == "H" else 4
        entries += struct.pack(f"{order}HH{pointer}", tag, kind, len(values)) + raw.ljust(room, b"\0")
    directory_at = extra_at + len(extra)
    magic = b"II" if order == "<" else b"MM"
    head = magic + (
        struct.pack(order + "HHHQ", 43, 8, 0, directory_at) if big else struct.pack(order + "HI", 42, directory_at)
    )
    directory = struct.pack(order + count_code, len(tags)) + entries + struct.pack(order + pointer, 0)
    return head + pixels + extra + directory


@pytest.fixture
def gradient() -> npt.NDArray[np.uint8]:
    """48 x 64 x 3 pixels, no two of a row alike."""
    return _gradient()


@pytest.fixture
def gradient_alpha() -> npt.NDArray[np.uint8]:
    """The gradient with an alpha channel from 0 to 252."""
    rgb = _gradient()
    return np.dstack([rgb, rgb[..., 0]])


@pytest.fixture
def encode() -> Encode:
    """Encode pixels or a Pillow image by Pillow."""
    return _encode


@pytest.fixture
def build_tiff() -> BuildTiff:
    """Build a TIFF tag by tag."""
    return _build_tiff


@pytest.fixture
def coco_photographs() -> Path:
    """The folder with the 343 real photographs and their annotations."""
    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("ASSAY_TEST_DATA", default)) / "coco-train-343"
    if not folder.is_dir():
        pytest.skip(f"the real photographs are not at {folder}")
    return folder
