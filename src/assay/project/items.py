"""Images and annotations out of the database, as the arrays that metrics take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.coordinates import GeometryReader
from assay.project.geometry import RINGED_SHAPES, Images, Objects, Shape
from assay.project.segmentation import SEGMENTATION_COLUMNS, StoredSegmentation, segmentation_columns
from assay.project.store import Store

MOST_INLINE_WORDS = 2_000
"""A polygon of so many words is measured in no time; a longer one in a process of its own, which can be ended."""


def chunk_images(
    store: Store,
    rows: NDArray[np.int32],
    *,
    most_images: int,
    most_objects: int,
    prediction_set: int | None = None,
) -> list[NDArray[np.int32]]:
    """Cut rows of images into runs of about so many images or objects, whichever is reached first.

    Args:
        store: The project.
        rows: int32, rising.
        most_images, most_objects: Of a run.
        prediction_set: Whose predictions are the objects; None for the annotations.
    """
    source = "annotation" if prediction_set is None else f'prediction WHERE "set" = {int(prediction_set)}'
    with store.read() as cursor:
        columns = cursor.execute(f"SELECT image, count(*) AS objects FROM {source} GROUP BY image").fetchnumpy()
    counts = np.zeros(int(rows.max(initial=-1)) + 1, dtype=np.int64)
    image = np.ma.getdata(columns["image"])
    has_row = image < len(counts)
    counts[image[has_row]] = np.ma.getdata(columns["objects"])[has_row]
    fill = np.cumsum(np.maximum(1 / most_images, counts[rows] / most_objects))
    return [part for part in np.split(rows, np.flatnonzero(np.diff(np.floor(fill))) + 1) if len(part)]


def longest_outline(store: Store, prediction_set: int | None = None) -> int:
    """Return the length of the longest polygon in words of 8 bytes, of all annotations or of a prediction set."""
    table = "annotation" if prediction_set is None else "prediction"
    own = "" if prediction_set is None else f' AND "set" = {int(prediction_set)}'
    with store.read() as cursor:
        [(longest,)] = cursor.execute(
            f"SELECT coalesce(max(word_count), 0) FROM {table} WHERE list_contains(?, shape::INTEGER){own}",
            [list(map(int, RINGED_SHAPES))],
        ).fetchall()
    return int(longest)


def load_images(store: Store) -> Images:
    """Return all images in row order."""
    with store.read() as cursor:
        columns = cursor.execute("SELECT row, width, height, random_key FROM image ORDER BY row").fetchnumpy()
    return Images(
        row=columns["row"].astype(np.int32),
        width=_floats(columns["width"]),
        height=_floats(columns["height"]),
        random_key=np.ma.getdata(columns["random_key"]).astype(np.uint64),
    )


@dataclass(frozen=True)
class ObjectTable:
    """All annotations' scalar columns, ordered by image and row; coordinates are read per batch."""

    columns: dict[str, NDArray[Any]]
    coordinates: GeometryReader

    def __len__(self) -> int:
        return len(self.columns["row"])

    @property
    def confidence(self) -> NDArray[np.float64]:
        """float64 ``(n,)``, NaN where the source gives none."""
        return _floats(self.columns["confidence"])

    def between(self, first: int, last: int) -> ObjectTable:
        """Return the annotations in the images of rows ``first`` to ``last``, both included."""
        image = self.columns["image"]
        own = slice(np.searchsorted(image, first), np.searchsorted(image, last, side="right"))
        return ObjectTable({name: values[own] for name, values in self.columns.items()}, self.coordinates)

    def objects(self) -> Objects:
        """Return the annotations with their geometry."""
        columns = self.columns
        polygon = np.isin(columns["shape"], RINGED_SHAPES)
        ring_count = np.where(polygon, columns["ring_count"], 0).astype(np.int64)
        start = columns["word_start"].astype(np.int64)
        lengths = self._take(start, ring_count).astype(np.int64)
        coordinates = np.where(polygon, columns["word_count"] - ring_count, 0).astype(np.int64)
        points = self._take(start + ring_count, coordinates).reshape(-1, 2)
        keypoints = self._take(
            columns["keypoint_start"].astype(np.int64), columns["keypoint_count"].astype(np.int64)
        ).reshape(-1, 3)
        xywh = np.stack([_floats(columns[name]) for name in ("x", "y", "w", "h")], axis=1)
        return Objects(
            row=columns["row"].astype(np.int32),
            image=columns["image"].astype(np.int32),
            class_=columns["class"].astype(np.int32),
            shape=columns["shape"].astype(np.uint8),
            xywh=xywh.reshape(-1, 4),
            rotation=_floats(columns["rotation"]),
            crowd=np.asarray(columns["crowd"], dtype=bool),
            image_width=_floats(columns["image_width"]),
            image_height=_floats(columns["image_height"]),
            random_key=columns["random_key"].astype(np.uint64),
            points=points,
            ring_offsets=_offsets(lengths // 2),
            object_offsets=_offsets(ring_count),
            masks=self._masks(columns),
            keypoints=keypoints,
            keypoint_offsets=_offsets(columns["keypoint_count"].astype(np.int64) // 3),
            faults=columns["faults"].astype(np.uint8),
        )

    def _take(self, starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        offsets = _offsets(counts)
        index = np.repeat(starts - offsets[:-1], counts) + np.arange(offsets[-1], dtype=np.int64)
        return np.asarray(self.coordinates.values[index], dtype=np.float64)

    def _masks(self, columns: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
        masks = np.full(len(columns["row"]), None, dtype=object)
        for i in np.flatnonzero(columns["shape"] == Shape.MASK):
            masks[i] = StoredSegmentation(*(int(columns[name][i]) for name in SEGMENTATION_COLUMNS)).rle(
                self.coordinates
            )
        return masks


_OBJECT_COLUMNS = f"""
SELECT a.row, a.image, a.class, a.shape, a.x, a.y, a.w, a.h, a.rotation, a.random_key,
       {segmentation_columns("a")},
       a.keypoint_start, a.keypoint_count, coalesce(a.faults, 0) AS faults,
       i.width AS image_width, i.height AS image_height,
"""
_OBJECT_SQL = f"{_OBJECT_COLUMNS} a.crowd, a.confidence FROM annotation a JOIN image i ON i.row = a.image"
_PREDICTION_SQL = (
    f"{_OBJECT_COLUMNS} false AS crowd, a.score AS confidence FROM prediction a JOIN image i ON i.row = a.image"
)


def load_objects(
    store: Store,
    images: NDArray[np.int32] | None = None,
    prediction_set: int | None = None,
    least_confidence: float = 0.0,
) -> ObjectTable:
    """Return all annotations, or those in some images, ordered by image; or the predictions of a set.

    Args:
        store: The project.
        images: int32 rows of the images; None for all.
        prediction_set: The number of a prediction set, whose predictions are returned instead of annotations.
        least_confidence: Of the predictions.
    """
    conditions = (
        []
        if prediction_set is None
        else [f'a."set" = {int(prediction_set)}', f"a.score >= {float(least_confidence)!r}"]
    )
    source = _OBJECT_SQL if prediction_set is None else _PREDICTION_SQL
    with store.read() as cursor:
        if images is not None:
            cursor.register("chosen_images", {"row": images})
            conditions.append("a.image IN (SELECT row FROM chosen_images)")
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        columns = cursor.execute(f"{source} {where} ORDER BY a.image, a.row").fetchnumpy()
    floating = {"x", "y", "w", "h", "rotation", "confidence", "image_width", "image_height"}
    return ObjectTable(
        {name: values if name in floating else np.ma.getdata(values) for name, values in columns.items()},
        store.coordinates,
    )


def _floats(values: Any) -> NDArray[np.float64]:
    return np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets
