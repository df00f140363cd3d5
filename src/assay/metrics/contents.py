"""The numbers of objects and classes in an image, and the share of it that they cover."""

from __future__ import annotations

import numpy as np
import shapely

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.batch import ImageBatch
from assay.metrics.definition import Metric
from assay.metrics.family import Family
from assay.metrics.pairs import Pairs
from assay.metrics.polygons import intersection_areas, unite
from assay.metrics.rasters import Rasters
from assay.project.geometry import Shape

OBJECT_COUNT = Metric(
    key="object_count",
    title="Object Count",
    scopes=("image",),
    kind="count",
    unit="objects",
    suspicious="both",
    needs="geometry",
    summary="Number of annotations in the image.",
    description=(
        "All annotations with a geometry, crowd regions too; image-level labels are not counted.\n\n"
        "Images with none are either true negatives or were forgotten: look at them. Images with unusually "
        "many are crowded scenes, where objects are small, overlap, and are the first to be missed by "
        "annotators. Outliers lie beyond the interquartile fences on both tails."
    ),
)
CLASS_COUNT = Metric(
    key="class_count",
    title="Class Count",
    scopes=("image",),
    kind="count",
    unit="classes",
    suspicious="both",
    needs="geometry",
    summary="Number of distinct classes among the annotations of the image.",
    description=(
        "Distinct classes among the annotations that Object Count counts.\n\n"
        "Images with many classes are the busiest scenes: the most informative ones for training, and the "
        "ones where labels are most easily confused. Outliers lie beyond the interquartile fences on both "
        "tails. Review the labels of the richest images first."
    ),
)
OBJECT_DENSITY = Metric(
    key="object_density",
    title="Object Density",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="both",
    needs="geometry",
    summary="Share of the image that its objects cover.",
    description=(
        "$|\\bigcup_i s_i \\cap I| / (W \\cdot H)$: the area of the union of all object shapes $s_i$, "
        "clipped to the image $I$, over the area of the image. Overlaps count once. Self-crossing polygons "
        "are repaired; in an image that holds a mask all shapes are counted in pixels. 0 without objects, "
        "no value where the image's size is unknown.\n\n"
        "Nearly empty images hold small or forgotten objects; full ones often carry a label of the whole "
        "scene or a box in the wrong place. Outliers lie beyond the interquartile fences on both tails. "
        "Compare a high value with the object count: one object that covers everything is worth a look."
    ),
)


def measure(batch: ImageBatch) -> dict[str, FloatArray]:
    """Return object count, class count and density of each image."""
    is_located = ~batch.objects.of_shape(Shape.LABEL)
    position = batch.position[is_located]
    classes = np.unique(np.stack([position, batch.objects.objects.class_[is_located]], axis=1), axis=0)
    return {
        OBJECT_COUNT.key: np.bincount(position, minlength=len(batch)).astype(np.float64),
        CLASS_COUNT.key: np.bincount(classes[:, 0], minlength=len(batch)).astype(np.float64),
        OBJECT_DENSITY.key: _measure_density(batch),
    }


def _measure_density(batch: ImageBatch) -> FloatArray:
    width, height = batch.images.width, batch.images.height
    area = np.where((width > 0) & (height > 0), width * height, np.nan)
    visible = batch.objects.areal & (batch.objects.areas > 0) & ~np.isnan(area[batch.position])
    masked = np.zeros(len(batch), dtype=np.bool_)
    masked[batch.position[batch.objects.of_shape(Shape.MASK)]] = True
    in_pixels = masked[batch.position]
    cover = np.zeros(len(batch))
    _add_exact_cover(batch, visible & ~in_pixels, cover)
    if (visible & in_pixels).any():
        _add_pixel_cover(batch, visible & in_pixels, cover)
    return np.minimum(cover / area, 1.0)


def _add_exact_cover(batch: ImageBatch, selected: BoolArray, cover: FloatArray) -> None:
    """Add the area of the union of the chosen objects, clipped, to their images.

    An object that meets no other adds its area, one that meets a single other adds what it does not share.
    Taking such objects away one after another leaves the few for which a union must be built.
    """
    objects, position = batch.objects, batch.position
    size = np.stack([batch.images.width[position], batch.images.height[position]], axis=1)
    overhangs = (objects.boxes[:, :2] < 0).any(axis=1) | (objects.boxes[:, 2:] > size).any(axis=1)
    cut_image = np.zeros(len(batch), dtype=np.bool_)
    cut_image[position[selected & overhangs]] = True
    # What is shared beyond the border does not count, so images that must be clipped are not taken apart.
    areas, core = _peel(objects.pairs, selected, cut_image[position])
    core |= selected & objects.in_crowded_image  # too many pairs to be taken apart
    areas = np.where(selected & ~core, objects.areas - areas, 0.0)
    alone = np.flatnonzero(selected & ~core & overhangs)
    frames = shapely.box(0.0, 0.0, size[alone, 0], size[alone, 1])
    areas[alone] = intersection_areas(objects.geometries[alone], frames)
    cover += np.bincount(position, weights=areas, minlength=len(batch))

    if core.any():
        order = np.flatnonzero(core)[np.argsort(position[core], kind="stable")]
        united, images = unite(objects.geometries[order], position[order])
        cover[images] += _clipped_areas(united, batch.images.width[images], batch.images.height[images])


def _peel(pairs: Pairs, selected: BoolArray, fixed: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Take away objects that meet one other at most, until none is left to take.

    Args:
        pairs: All pairs that share an area.
        selected: bool ``(n,)``, the objects to look at.
        fixed: bool ``(n,)``, objects that stay if they meet any other.

    Returns:
        float64 ``(n,)``, the area that each object shared with its last neighbour when it was taken; and bool
        ``(n,)``, the objects that are left.
    """
    count = len(selected)
    shared = np.zeros(count)
    live = pairs.at(selected[pairs.left] & selected[pairs.right])
    while True:
        degree = np.bincount(np.concatenate([live.left, live.right]), minlength=count)
        leaf = (degree == 1) & ~fixed
        goes_right = leaf[live.right]
        goes_left = leaf[live.left] & ~goes_right  # of a lone pair only one is taken, the other then is alone
        shared[live.right[goes_right]] = live.shared[goes_right]
        shared[live.left[goes_left]] = live.shared[goes_left]
        leaves = goes_left | goes_right
        if not leaves.any():
            return shared, degree > 0
        live = live.at(~leaves)


def _clipped_areas(shapes: np.ndarray, width: FloatArray, height: FloatArray) -> FloatArray:
    bounds = shapely.bounds(shapes)
    overhangs = (bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2] > width) | (bounds[:, 3] > height)
    areas = np.asarray(shapely.area(shapes), dtype=np.float64)
    frames = shapely.box(0.0, 0.0, width[overhangs], height[overhangs])
    areas[overhangs] = intersection_areas(shapes[overhangs], frames)
    return areas


def _add_pixel_cover(batch: ImageBatch, selected: BoolArray, cover: FloatArray) -> None:
    """Add the pixels that any of the chosen objects covers to their images."""
    rasters = Rasters(batch.objects)
    for image, members in _group(np.flatnonzero(selected), batch.position):
        cover[image] += rasters.union_area(members, batch.images.width[image], batch.images.height[image])


def _group(index: OffsetArray, position: OffsetArray) -> list[tuple[int, OffsetArray]]:
    """Return each image's position with its members."""
    order = index[np.argsort(position[index], kind="stable")]
    images, starts = np.unique(position[order], return_index=True)
    return list(zip(images.tolist(), np.split(order, starts[1:]), strict=True))


FAMILY = Family(metrics=(OBJECT_COUNT, CLASS_COUNT, OBJECT_DENSITY), measure_images=measure)
