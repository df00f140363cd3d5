"""One pass over pixels: a picture is read and decoded once, and all that needs its pixels is computed from it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import AssayError
from assay.media.decode import RgbImage, content_hash, decode_rgb, decoding_bytes, pixel_hash
from assay.media.header import read_layout
from assay.media.location import ImageLocation, Roots, roots_here
from assay.media.memory_file import FileBytes
from assay.media.reading import read_image
from assay.media.thumbnails import make_thumbnail
from assay.media.versions import thumbnail_key
from assay.metrics.crop_batch import cut_out
from assay.metrics.custom import AnnotationInfo, CustomMetric, ImageInfo, load_function
from assay.metrics.measure_pixels import Picture, measure_crops, measure_picture
from assay.patience import PatientThreads

_READERS = PatientThreads("assay-reading", 1, 60.0, most_stuck=2, most_stuck_in_all=8)

CRASHED = "the image decoder crashes on it"


@dataclass(frozen=True)
class PictureTask:
    """A picture to be measured.

    Attributes:
        row: Of the image.
        location: Of its file.
        oriented: Whether its EXIF orientation is applied.
        width, height: Declared size in pixels, which the boxes are in; None where unknown.
        objects: int32 ``(k,)``, rows of the annotations in it.
        boxes: float64 ``(k, 4)``: x_min, y_min, x_max, y_max of their upright boxes, NaN where they have none.
        image_info: What custom metrics are told about the image; None where there are no custom metrics.
        annotation_infos: The same of each annotation; empty where there are no custom metrics.
        skipped: Custom metrics that have failed already.
    """

    row: int
    location: ImageLocation
    oriented: bool
    width: int | None
    height: int | None
    objects: NDArray[np.int32]
    boxes: NDArray[np.float64]
    image_info: ImageInfo | None = None
    annotation_infos: tuple[AnnotationInfo, ...] = ()
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PictureOptions:
    """The metrics to compute of each picture.

    Attributes:
        images, annotations: Whether built-in metrics of images and of annotations are wanted.
        thumbnails: Whether thumbnails are.
        custom: Custom metrics of images and annotations.
        most_bytes: A picture that takes more to decode is put off; None for no limit.
        roots: Where the roots of locations lie on the machine that has the project.
    """

    images: bool
    annotations: bool
    thumbnails: bool
    custom: tuple[CustomMetric, ...] = ()
    most_bytes: int | None = None
    roots: Roots = field(default_factory=dict)


@dataclass(frozen=True)
class PictureResult:
    """The values of one picture.

    Attributes:
        row: Of the image.
        problem: Why it could not be measured, None where it could.
        unreachable: Whether the file could not be opened or read, which says nothing about what it holds.
        damaged: Whether it could be decoded in part, to be shown but not to be measured.
        size_bytes, modified_ns: Of the file; -1 where it could not be read.
        content_hash, pixel_hash: ``""`` where there is none.
        used_bits: How many of 16 bits its samples use where it is stretched to be shown, else None.
        image_values: Per metric key.
        objects: int32 ``(k,)``, rows of the annotations.
        object_values: Per metric key float64 ``(k,)``.
        thumbnail: Its key and JPEG.
        failures: Per custom metric that failed here, why.
        put_off_bytes: What decoding takes, where the picture was put off for that; else 0.
        extra: What else a stage's pass takes up, such as a vector.
    """

    row: int
    objects: NDArray[np.int32]
    problem: str | None = None
    unreachable: bool = False
    damaged: bool = False
    size_bytes: int = -1
    modified_ns: int = -1
    content_hash: str = ""
    pixel_hash: str = ""
    used_bits: int | None = None
    image_values: dict[str, float] = field(default_factory=dict)
    object_values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    thumbnail: tuple[str, bytes] | None = None
    failures: dict[str, str] = field(default_factory=dict)
    put_off_bytes: int = 0
    extra: Any = None


def measure_pictures(options: PictureOptions, tasks: list[PictureTask]) -> list[PictureResult]:
    """Measure pictures one after another; none of them stops the others."""
    return [_measure(options, task) for task in tasks]


def crashed(task: PictureTask) -> PictureResult:
    """Return the result of a picture that kills the process that decodes it."""
    return PictureResult(task.row, task.objects, problem=CRASHED)


@dataclass(frozen=True)
class OpenedPicture:
    """A picture that was read and decoded whole.

    Attributes:
        task: What was asked for.
        rgb: Its pixels, oriented as the task says.
        boxes: float64 ``(k, 4)``, the task's boxes in these pixels.
        common: What every result says of the picture: fields of :class:`PictureResult`.
    """

    task: PictureTask
    rgb: RgbImage
    boxes: NDArray[np.float64]
    common: dict[str, Any]

    def result(self, **fields: Any) -> PictureResult:
        """Return the result of the picture with further fields."""
        return PictureResult(self.task.row, self.task.objects, **self.common, **fields)


def open_picture(options: PictureOptions, task: PictureTask) -> OpenedPicture | PictureResult:
    """Read and decode a picture; return the result that says why where that cannot be done, or is put off.

    Raises:
        UsageError: This machine does not know where the project's images lie.
    """
    path = task.location.resolve(roots_here(options.roots))
    try:
        place = os.path.dirname(path)  # noqa: PTH120 - a path per picture on the hot path
        reading = _READERS.submit(place, partial(read_image, path), item=path)
        data, stat = _READERS.wait(reading)
    except AssayError as error:
        return PictureResult(task.row, task.objects, problem=error.actual or error.message)
    except OSError as error:
        return PictureResult(task.row, task.objects, problem=error.strerror or str(error), unreachable=True)
    decoding_bytes = 0 if options.most_bytes is None else _needed_bytes(data)
    if options.most_bytes is not None and decoding_bytes > options.most_bytes:
        return PictureResult(task.row, task.objects, put_off_bytes=decoding_bytes)
    common: dict[str, Any] = {
        "size_bytes": stat.st_size,
        "modified_ns": stat.st_mtime_ns,
        "content_hash": content_hash(data),
    }
    try:
        decoded = decode_rgb(data, apply_orientation=task.oriented, show=True)
    except AssayError as error:
        return PictureResult(task.row, task.objects, problem=error.actual or error.message, **common)
    common |= {"pixel_hash": pixel_hash(decoded.rgb), "used_bits": decoded.used_bits}
    if options.thumbnails:
        key = thumbnail_key(task.location.resolve(options.roots), stat, oriented=task.oriented)
        common["thumbnail"] = (key, make_thumbnail(decoded.shown))
    if decoded.damaged is not None:
        return PictureResult(task.row, task.objects, problem=decoded.damaged, damaged=True, **common)
    return OpenedPicture(task, decoded.rgb, _scaled_boxes(task, decoded.rgb), common)


def _measure(options: PictureOptions, task: PictureTask) -> PictureResult:
    image = open_picture(options, task)
    if isinstance(image, PictureResult):
        return image
    boxes = image.boxes
    picture = Picture(image.rgb)
    image_values = measure_picture(picture) if options.images else {}
    object_values = measure_crops(picture, boxes) if options.annotations and len(boxes) else {}
    failures: dict[str, str] = {}
    for metric in options.custom:
        if metric.key in task.skipped:
            continue
        try:
            if metric.scope == "image":
                image_values[metric.key] = _run_on_image(metric, image.rgb, task)
            else:
                object_values[metric.key] = _run_on_crops(metric, image.rgb, boxes, task)
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            failures[metric.key] = f"{type(error).__name__}: {error}"
    return image.result(image_values=image_values, object_values=object_values, failures=failures)


def _needed_bytes(data: FileBytes) -> int:
    """Return the bytes that decoding takes by the file's header; 0 where it has none, as then nothing is decoded."""
    try:
        return decoding_bytes(read_layout(data))
    except AssayError:
        return 0


def _scaled_boxes(task: PictureTask, rgb: RgbImage) -> NDArray[np.float64]:
    """Return the boxes in pixels of the picture as it is decoded."""
    height, width = rgb.shape[:2]
    if not task.width or not task.height or (task.width, task.height) == (width, height):
        return task.boxes
    across, down = width / task.width, height / task.height
    return np.asarray(task.boxes * np.array([across, down, across, down]))


def _run_on_image(metric: CustomMetric, rgb: RgbImage, task: PictureTask) -> float:
    function: Callable[..., object] = load_function(metric)
    return _as_number(function(rgb, task.image_info) if metric.takes_info else function(rgb))


def _run_on_crops(
    metric: CustomMetric, rgb: RgbImage, boxes: NDArray[np.float64], task: PictureTask
) -> NDArray[np.float64]:
    function: Callable[..., object] = load_function(metric)
    values = np.full(len(boxes), np.nan)
    for number, box in enumerate(boxes):
        crop = cut_out(rgb, box)
        if crop is not None:
            info = task.annotation_infos[number]
            try:
                values[number] = _as_number(function(crop, info, task.image_info))
            except Exception as error:
                raise RuntimeError(f"annotation {info.id}: {type(error).__name__}: {error}") from error
    return values


def _as_number(value: object) -> float:
    """Return a metric's value; None and NaN are NULL."""
    if value is None:
        return math.nan
    number = float(value)  # type: ignore[arg-type]  # what cannot be one raises, and is reported
    if math.isinf(number):
        raise ValueError(f"expected a finite number, None or NaN, got {number}")
    return number
