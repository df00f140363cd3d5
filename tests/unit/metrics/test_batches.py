import numpy as np
import pytest
from tests.unit.metrics.coco_objects import (
    box,
    keypoints,
    label,
    make_images,
    make_objects,
    mask,
    point,
    polygon,
    polyline,
    rotated_box,
)

from assay.metrics.compute import measure_images, measure_objects
from assay.project.geometry import Images, Objects

IMAGES = 24


def any_item(rng: np.random.Generator, image: int):
    """Draw an object of any shape, sound or broken; masks only in every third image."""
    given = {
        "image": image,
        "class_": int(rng.integers(3)),
        "size": (64, 48),
        "random_key": int(rng.integers(2**63)),
        "crowd": bool(rng.random() < 0.1),
    }
    xywh = (*rng.uniform(-5, 50, 2), *rng.uniform(-2, 30, 2))
    rings = [rng.uniform(-4, 60, 2) + rng.uniform(-20, 20, (rng.integers(1, 9), 2)) for _ in range(2)]
    pixels = np.zeros((48, 64))
    pixels[5 : rng.integers(5, 48), 3 : rng.integers(3, 60)] = 1
    drawn = [
        box(*xywh, **given),
        rotated_box(*xywh, float(rng.uniform(-180, 180)), **given),
        polygon(*rings, xywh=xywh, **given),
        polygon(rings[0], xywh=xywh, **given),
        keypoints(*rng.uniform(0, 60, (4, 3)), **given),
        polyline(*rings[0], **given),
        point(*xywh[:2], **given),
        label(**given),
        mask(pixels, xywh=xywh, **given),
    ]
    return drawn[rng.integers(9 if image % 3 == 0 else 8)]


@pytest.fixture(scope="module")
def crowded() -> Objects:
    """Images of every mixture of shapes, many of them overlapping."""
    rng = np.random.default_rng(21)
    return make_objects(*[any_item(rng, image) for image in range(IMAGES) for _ in range(rng.integers(0, 14))])


def image_part(images: Images, chosen: np.ndarray) -> Images:
    return Images(images.row[chosen], images.width[chosen], images.height[chosen], images.random_key[chosen])


@pytest.mark.parametrize("per_batch", [1, 5, 11])
def test_batches_of_whole_images_do_not_change_a_bit_of_an_objects_values(crowded, per_batch):
    whole = measure_objects(crowded, seed=5)
    expected = {**whole.values, **whole.features}
    records = {(e.metric, *record) for e in whole.evidence for record in _records(e)}
    found: dict[str, list] = {key: [] for key in expected}
    for start in range(0, IMAGES, per_batch):
        part = crowded.take((crowded.image >= start) & (crowded.image < start + per_batch))
        measured = measure_objects(part, seed=5)
        for key, column in {**measured.values, **measured.features}.items():
            found[key].append(column)
        part_records = {(e.metric, *record) for e in measured.evidence for record in _records(e)}
        assert part_records <= records
        records -= part_records
    assert not records
    for key, column in expected.items():
        assert np.concatenate(found[key]).tobytes() == column.tobytes(), key


@pytest.mark.parametrize("per_batch", [1, 5, 11])
def test_batches_do_not_change_a_bit_of_an_images_values(crowded, per_batch):
    images = make_images(*[(64, 48)] * IMAGES)
    whole = measure_images(images, crowded, seed=5)
    found: dict[str, list] = {key: [] for key in whole}
    for start in range(0, IMAGES, per_batch):
        part = image_part(images, slice(start, start + per_batch))
        for key, column in measure_images(part, crowded, seed=5).items():
            found[key].append(column)
    for key, column in whole.items():
        assert np.concatenate(found[key]).tobytes() == column.tobytes(), key


def test_many_polygons_are_measured_alike_whatever_the_length_of_the_batch():
    rng = np.random.default_rng(8)
    items = [
        polygon(rng.uniform(0, 500, 2) + rng.uniform(0, 90, (25, 2)), image=i // 7, size=(640, 480)) for i in range(210)
    ]
    objects = make_objects(*items)
    whole = measure_objects(objects)
    for image in range(0, 30, 5):
        chosen = objects.image == image
        alone = measure_objects(objects.take(chosen))
        for key, column in {**alone.values, **alone.features}.items():
            assert column.tobytes() == {**whole.values, **whole.features}[key][chosen].tobytes(), key


def _records(evidence) -> list[tuple]:
    return list(
        zip(
            evidence.row.tolist(),
            evidence.partner.tolist(),
            evidence.value.tolist(),
            evidence.detail.tolist(),
            strict=True,
        )
    )
