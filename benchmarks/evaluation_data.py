"""Boxes and scores of any number, with the shape of COCO val2017 and a mediocre detector, as arrays and records."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.evaluation.types import Annotations, Predictions

IMAGES, ANNOTATIONS, PREDICTIONS, CLASSES = 5_000, 36_575, 178_113, 80
WIDTH, HEIGHT = 640.0, 480.0


def generate(
    images: int = IMAGES, annotations: int = ANNOTATIONS, predictions: int = PREDICTIONS, classes: int = CLASSES
) -> tuple[Annotations, Predictions]:
    """Return ground truth of skewed class frequencies, and predictions: jittered, confused, duplicated and invented."""
    random = np.random.default_rng(2017)
    frequency = 1 / np.arange(1, classes + 1) ** 0.8
    image = np.sort(random.integers(0, images, annotations)).astype(np.int32)
    class_ = random.choice(classes, annotations, p=frequency / frequency.sum()).astype(np.int32)
    size = np.minimum(np.exp(random.normal(4.0, 1.0, (annotations, 2))), [WIDTH - 1, HEIGHT - 1]) + 1
    corner = random.random((annotations, 2)) * ([WIDTH, HEIGHT] - size)
    boxes = np.concatenate([corner, size], axis=1).round(2)
    crowd = random.random(annotations) < 0.012
    truth = Annotations(image, class_, boxes, (boxes[:, 2] * boxes[:, 3]).round(4), crowd)

    about = random.integers(0, annotations, predictions)
    invented = random.random(predictions) < 0.55
    spread = np.where(random.random((predictions, 1)) < 0.5, 0.05, 0.2)
    guess = boxes[about]
    scale = np.concatenate([guess[:, 2:], guess[:, 2:]], axis=1)
    guess = guess + random.normal(size=guess.shape) * spread * scale
    guess[:, 2:] = np.maximum(guess[:, 2:], 1.0)
    count = int(invented.sum())
    guess[invented, 2:] = np.exp(random.normal(4.0, 1.0, (count, 2))) + 1
    guess[invented, :2] = random.random((count, 2)) * [WIDTH, HEIGHT]
    named = np.where(random.random(predictions) < 0.15, random.integers(0, classes, predictions), class_[about])
    score = np.clip(np.where(invented, random.beta(1, 6, predictions), random.beta(3, 3, predictions)), 0.001, 1.0)
    order = np.argsort(image[about], kind="stable")
    guess = guess.round(2)
    return truth, Predictions(
        image[about][order],
        named[order].astype(np.int32),
        guess[order],
        (guess[:, 2] * guess[:, 3])[order],
        score.round(4)[order],
    )


def to_coco(
    truth: Annotations, predictions: Predictions, images: int, classes: int
) -> tuple[dict[str, Any], list[Any]]:
    """Return the same as a COCO dataset and COCO results: image ids from 0, category and annotation ids from 1."""
    records = [
        {"id": i + 1, "image_id": image, "category_id": class_ + 1, "bbox": box, "area": area, "iscrowd": crowd}
        for i, (image, class_, box, area, crowd) in enumerate(
            zip(
                truth.image.tolist(),
                truth.class_.tolist(),
                truth.xywh.tolist(),
                truth.area.tolist(),
                truth.crowd.astype(int).tolist(),
                strict=True,
            )
        )
    ]
    dataset = {
        "info": {},
        "images": [{"id": i, "width": int(WIDTH), "height": int(HEIGHT)} for i in range(images)],
        "annotations": records,
        "categories": [{"id": k + 1, "name": f"class {k + 1}"} for k in range(classes)],
    }
    results = [
        {"image_id": image, "category_id": class_ + 1, "bbox": box, "score": score}
        for image, class_, box, score in zip(
            predictions.image.tolist(),
            predictions.class_.tolist(),
            predictions.xywh.tolist(),
            predictions.score.tolist(),
            strict=True,
        )
    ]
    return dataset, results
