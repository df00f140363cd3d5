"""Tiny datasets of images with a class each, and classifiers' results for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

PETS = {"cat/a.png": "cat", "cat/b.png": "cat", "dog/c.png": "dog", "eel/d.png": "eel", "eel/deep/e.png": "eel"}


def write_pictures(folder: Path, names: Iterable[str]) -> Path:
    """Write pictures of one shade each, the later the lighter; return the folder."""
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(file), np.full((8, 10, 3), 10 + 17 * number % 240, dtype=np.uint8))
    return folder


def write_table(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write a CSV file and return its path."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file
