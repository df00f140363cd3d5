"""The classifiers' results as CSV: one line an image, one column of probabilities a class."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from assay.sandbox.dataset import replacing

_PLACES = 4


def describe_classification(image: dict[str, Any], probabilities: dict[str, float]) -> bytes:
    """Return an image's line: id, file, most probable class, its probability, and those of all classes."""
    best = max(probabilities, key=lambda name: probabilities[name])
    numbers = [f"{value:.{_PLACES}f}" for value in (probabilities[best], *probabilities.values())]
    return _line([image["id"], image["file_name"], best, *numbers])


class ClassificationWriter:
    """Writes the lines as they come, under a header ``image_id,file_name,label,confidence,p:CLASS,…``."""

    def __init__(self, path: Path, classes: tuple[str, ...]) -> None:
        self._path = path
        self._classes = classes
        self._stack = ExitStack()

    def __enter__(self) -> ClassificationWriter:
        self._path.parent.mkdir(exist_ok=True)
        self._file = self._stack.enter_context(replacing(self._path))
        self._file.write(_line(["image_id", "file_name", "label", "confidence", *(f"p:{c}" for c in self._classes)]))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def add(self, line: bytes) -> None:
        """Write a line."""
        self._file.write(line)


def _line(values: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
