"""Small scenes of boxes on a line: `box(x)` is 10 × 10 px, so that a shift by d px has IoU (10 - d) / (10 + d)."""

from __future__ import annotations

import numpy as np

from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.types import Annotations, Predictions


def box(x, y=0.0, width=10.0, height=10.0):
    return (float(x), float(y), float(width), float(height))


def annotation(x, *, class_=0, image=0, crowd=False, area=None, shape=None):
    xywh = box(x) if shape is None else shape
    return (image, class_, xywh, xywh[2] * xywh[3] if area is None else area, crowd)


def prediction(x, score, *, class_=0, image=0, shape=None):
    xywh = box(x) if shape is None else shape
    return (image, class_, xywh, xywh[2] * xywh[3], score)


def make_annotations(*rows):
    image, class_, xywh, area, crowd = zip(*rows, strict=True) if rows else ((),) * 5
    return Annotations(
        np.array(image, dtype=np.int32),
        np.array(class_, dtype=np.int32),
        np.array(xywh, dtype=np.float64).reshape(-1, 4),
        np.array(area, dtype=np.float64),
        np.array(crowd, dtype=np.bool_),
    )


def make_predictions(*rows):
    image, class_, xywh, area, score = zip(*rows, strict=True) if rows else ((),) * 5
    return Predictions(
        np.array(image, dtype=np.int32),
        np.array(class_, dtype=np.int32),
        np.array(xywh, dtype=np.float64).reshape(-1, 4),
        np.array(area, dtype=np.float64),
        np.array(score, dtype=np.float64),
    )


def pair(annotations, predictions, *, images=2, classes=2, **options):
    return find_pairs(
        make_annotations(*annotations), make_predictions(*predictions), images=images, classes=classes, **options
    )


def pair_and_match(annotations, predictions, iou_threshold=0.5, **options):
    pairing = pair(annotations, predictions, **options)
    return pairing, match(pairing, iou_threshold)


def random_scene(seed, *, images=12, classes=3, annotations=60, predictions=150):
    """Boxes at random, predictions about annotations, scores that hardly tie."""
    random = np.random.default_rng(seed)
    truth = [
        annotation(0, class_=int(random.integers(classes)), image=int(random.integers(images)),
                   crowd=bool(random.random() < 0.05),
                   shape=box(*random.integers(0, 60, 2), *random.integers(5, 40, 2)))
        for _ in range(annotations)
    ]  # fmt: skip
    guesses = []
    for _ in range(predictions):
        image, class_, shape, _, _ = truth[random.integers(annotations)]
        moved = tuple(np.array(shape) + random.normal(0, 2, 4).round(2))
        class_ = int(random.integers(classes)) if random.random() < 0.2 else class_
        guesses.append(prediction(0, float(random.random()), class_=class_, image=image, shape=moved))
    return truth, guesses
