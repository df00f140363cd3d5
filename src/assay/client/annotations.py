"""Annotations that are made in Python, and the file that a project of them is read from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import KW_ONLY, dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import ExistsError
from assay.formats.masks import encode_mask, mask_box
from assay.formats.segmentations import rle_problem
from assay.project.manifest import is_project
from assay.project.naming import check_project_name


@dataclass
class Annotation:
    """An object in an image; a label of the whole image where nothing is drawn.

    Coordinates are pixels of the image as it is shown, from its upper left corner on.

    Attributes:
        label: Its class.
        box: Left, top, width and height.
        polygon: A ring ``[x, y, x, y, …]``, or several of them.
        mask: Pixels ``(height, width)`` of the whole image, not zero where the object is; or COCO's RLE.
        keypoints: ``(x, y)`` or ``(x, y, visibility)`` of each.
        rotation: By how many degrees the box is turned about its centre, clockwise.
        crowd: Whether it is a group of objects.
        attributes: Further fields, ``attr.NAME`` in queries.
        id: What it is called; numbered where None.

    Raises:
        ValueError: one of them is not as said here.
    """

    label: str
    _: KW_ONLY
    box: Sequence[float] | None = None
    polygon: Sequence[float] | Sequence[Sequence[float]] | None = None
    mask: Any = None
    keypoints: Sequence[Sequence[float]] | None = None
    rotation: float | None = None
    crowd: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    id: int | str | None = None

    def __post_init__(self) -> None:
        """Check the fields, where they were written: the error then is one of that line."""
        if not isinstance(self.label, str) or not self.label.strip():
            raise ValueError(f"label: expected a class's name, found {self.label!r}"[:200])
        if self.box is not None and (len(_numbers("box", self.box)) != 4 or min(self.box[2:]) < 0):
            raise ValueError(f"box: expected left, top, width and height, found {self.box!r}"[:200])
        if self.polygon is not None and self.mask is not None:
            raise ValueError("polygon and mask: expected one of them, found both")
        self._segmentation = self._draw()
        self._points = [number for point in self.keypoints or () for number in _point(point)]
        if self.rotation is not None and self.box is None:
            raise ValueError("rotation: expected a box that is turned, found none")
        _numbers("rotation", [self.rotation or 0])
        try:
            json.dumps(dict(self.attributes), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"attributes: expected what JSON can hold, found {error}"[:200]) from error

    def _draw(self) -> Any:
        if self.mask is not None and not isinstance(self.mask, dict):
            pixels = np.asarray(self.mask)
            if pixels.ndim != 2 or not pixels.size:
                raise ValueError(f"mask: expected pixels (height, width), found shape {pixels.shape}")
            return encode_mask(pixels)
        if self.mask is not None:
            problem = rle_problem(self.mask)
            if problem:
                raise ValueError(f"mask: {problem}"[:200])
            return {"size": self.mask["size"], "counts": self.mask["counts"]}
        if self.polygon is None:
            return None
        first = next(iter(self.polygon), None)
        rings: Any = [self.polygon] if isinstance(first, Real) else self.polygon
        found = [_numbers("polygon", ring) for ring in rings]
        if not found or any(len(ring) < 6 or len(ring) % 2 for ring in found):
            raise ValueError(f"polygon: expected [x, y, x, y, …] of three points or more, found {self.polygon!r}"[:200])
        return found

    def record(self, id_: int | str, image: int, category: int) -> dict[str, Any]:
        """Return the annotation as COCO has it.

        Args:
            id_: Its id, where it has none of its own.
            image, category: Ids of its image and its class.
        """
        box = None if self.box is None else _numbers("box", self.box)
        if box is None and isinstance(self._segmentation, dict):
            box = mask_box(self._segmentation) if isinstance(self._segmentation["counts"], str) else None
        elif box is None and (drawn := [*(self._segmentation or ())]):
            xs, ys = [x for ring in drawn for x in ring[::2]], [y for ring in drawn for y in ring[1::2]]
            box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
        told: dict[str, Any] = {
            "bbox": box,
            "segmentation": self._segmentation,
            "keypoints": self._points or None,
            "num_keypoints": sum(v > 0 for v in self._points[2::3]) if self._points else None,
            "rotation": self.rotation,
            "iscrowd": int(self.crowd),
            "attributes": dict(self.attributes) or None,
        }
        own = {"id": id_ if self.id is None else self.id, "image_id": image, "category_id": category}
        return own | {key: value for key, value in told.items() if value is not None}


@dataclass(frozen=True)
class AnnotatedImage:
    """An image with its annotations.

    Attributes:
        name: Its path below the images folder, with forward slashes.
        annotations: What is in it.
        fields: Further fields, ``meta.NAME`` in queries; ``split``, ``sequence`` and ``frame_id`` are understood.
    """

    name: str
    annotations: Sequence[Annotation] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


def write_labels(file: Path, images: Iterable[AnnotatedImage], classes: Sequence[str] = ()) -> None:
    """Write images and annotations as the COCO file that a project is read from, now and at a refresh.

    Args:
        file: The file, which must not be there.
        images: The images, numbered in their order.
        classes: Classes in their order; others follow as they occur.
    """
    numbers = {name: at for at, name in enumerate(dict.fromkeys(classes), start=1)}
    told: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for at, image in enumerate(images, start=1):
        told.append({"id": at, "file_name": image.name, **image.fields})
        for each in image.annotations:
            number = numbers.setdefault(each.label, len(numbers) + 1)
            annotations.append(each.record(len(annotations) + 1, at, number))
    content = {
        "images": told,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in numbers.items()],
    }
    with file.open("x", encoding="utf-8") as stream:
        json.dump(content, stream)


@contextmanager
def kept_beside(workspace: Path, project: str, ending: str, write: Callable[[Path], None]) -> Iterator[Path]:
    """Write what a project that is about to be made is read from, beside it; take it away where none comes of it.

    Args:
        workspace: Where the project is to be.
        project: What it is to be called.
        ending: That of the file, which is called like the project.
        write: Writes a file that must not be there.

    Raises:
        ExistsError: there is such a project, or its file.
        UsageError: no project can be called so.
    """
    directory = workspace / check_project_name(project)
    if is_project(directory):
        raise ExistsError(
            "There is something of that name already.",
            item=str(directory),
            expected="a name that is not taken",
            actual="a project",
            hint="Choose another name.",
        )
    file = workspace / f"{project}{ending}"
    if file.exists():
        raise ExistsError(
            "The file for the project's labels is there already.",
            item=str(file),
            expected="a free name",
            actual="a file",
            hint="Choose another name for the project, or remove the file.",
        )
    try:
        write(file)
        yield file
    except BaseException:
        if not is_project(directory):
            file.unlink(missing_ok=True)
        raise


def labels_written(
    workspace: Path, project: str, images: Iterable[AnnotatedImage], classes: Sequence[str] = ()
) -> AbstractContextManager[Path]:
    """Write the labels of a project that is about to be made: see :func:`kept_beside` and :func:`write_labels`."""
    return kept_beside(workspace, project, ".labels.json", lambda file: write_labels(file, images, classes))


def _numbers(what: str, values: Any) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: expected numbers, found {values!r}"[:200]) from error
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{what}: expected finite numbers, found {values!r}"[:200])
    return numbers


def _point(point: Any) -> list[float]:
    numbers = _numbers("keypoints", point)
    if len(numbers) not in (2, 3):
        raise ValueError(f"keypoints: expected (x, y) or (x, y, visibility), found {point!r}"[:200])
    return numbers if len(numbers) == 3 else [*numbers, 2.0]
