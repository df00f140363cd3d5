"""Two simulated detectors: what they see of a scene depends on the scene alone, by a model that is written down.

``s`` is the logistic function. Each object gets an ease ``z``, a sum of what makes it easy to see:

    z = c + a·(ln A - A0) + b·(B - B0) + q·(ln S - S0) + v·(V - 1)

with ``A`` its visible share of the picture's area, ``B`` the picture's brightness and ``S`` its sharpness (the metrics
of these names), ``V`` its visible share; each term bounded. It is found with probability s(z), with a chance of being
right that rises with s(z). Nothing else matters: neither shape nor place nor class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.project.rle import encode_part
from assay.sandbox.catalog import CATEGORY_IDS, CLASSES, LOOKALIKE
from assay.sandbox.labels import mask_box
from assay.sandbox.truth import Scene, VisibleObject

TYPICAL_LN_AREA, TYPICAL_BRIGHTNESS, TYPICAL_LN_SHARPNESS = -4.5, 0.46, -5.2
LEAST_AREA_PX = 12
LEAST_SCORE = 0.02
_SMOOTHED_PX = 20
_PLACES = 4
_NAMES = [kind.name for kind in CLASSES]
_ELLIPSE = np.asarray(cv2.ellipse(np.zeros((32, 32), np.uint8), (16, 16), (15, 15), 0, 0, 360, 1, -1), np.uint8)
_RELATED = {
    kind.name: [other.name for other in CLASSES if other.supercategory == kind.supercategory and other is not kind]
    for kind in CLASSES
}


@dataclass(frozen=True)
class Detector:
    """One simulated detector.

    Attributes:
        name: File name of its results.
        title: Name for people.
        description: What it is like.
        base: ``c`` of the ease.
        area, brightness, sharpness, visibility: Its other weights.
        overconfidence: Exponent on the chance of being right that gives the score; 1 is calibrated, less is
            over-confident.
        confusion: Share of its mistakes on an object that are a wrong class.
        lookalike: Share of these that are the class that looks alike, where there is one.
        jitter: Standard deviation of the box's edges, in box sides, for an easy object.
        false_positives: Mean number of detections on the background of a picture.
        clutter: Chance that a piece of clutter is taken for an object of some class.
        duplicates: Chance of a second detection of an object that was found.
    """

    name: str
    title: str
    description: str
    base: float
    area: float
    brightness: float
    sharpness: float
    visibility: float
    overconfidence: float
    confusion: float
    lookalike: float
    jitter: float
    false_positives: float
    clutter: float
    duplicates: float


DETECTORS: tuple[Detector, ...] = (
    Detector(
        name="baseline",
        title="Baseline",
        description="Misses small objects and much of what is dark or blurred; its scores can be trusted.",
        base=0.75,
        area=0.75,
        brightness=6.0,
        sharpness=1.1,
        visibility=2.0,
        overconfidence=1.0,
        confusion=0.3,
        lookalike=0.25,
        jitter=0.055,
        false_positives=0.8,
        clutter=0.15,
        duplicates=0.05,
    ),
    Detector(
        name="improved",
        title="Improved",
        description="Sees far more, but is over-confident and takes look-alikes for each other.",
        base=2.1,
        area=0.55,
        brightness=2.0,
        sharpness=0.4,
        visibility=1.5,
        overconfidence=0.3,
        confusion=0.75,
        lookalike=0.9,
        jitter=0.035,
        false_positives=0.5,
        clutter=0.12,
        duplicates=0.03,
    ),
)


@dataclass(frozen=True)
class View:
    """The properties of a picture as a whole: its size in pixels, how bright and how sharp it is."""

    width: int
    height: int
    light: float
    edge: float


def detect(
    detector: Detector, scene: Scene, rng: np.random.Generator, view: View | None = None
) -> list[dict[str, Any]]:
    """Return a detector's predictions on a scene: COCO results without ``image_id``, in no order.

    Args:
        view: Of :func:`observe`, where it is known already.

    Returns:
        Per detection ``category_id``, ``bbox``, ``score``, ``probabilities`` (one per class, in the order of their
        ids) and ``segmentation`` (compressed RLE), which fills ``bbox`` but for rounding to pixels.
    """
    view = view or observe(scene)
    results: list[dict[str, Any]] = []
    for one in scene.objects:
        visible_px = int(np.count_nonzero(one.mask))
        if visible_px < LEAST_AREA_PX:
            continue
        if one.labelled:
            results += _detect_object(detector, view, one, visible_px, rng)
        elif rng.random() < detector.clutter:
            name = _NAMES[int(rng.integers(len(_NAMES)))]
            results.append(_result(view, one, name, _low_score(rng), 0.06, rng))
    for _ in range(int(rng.poisson(detector.false_positives))):
        results.append(_false_positive(view, rng))
    return [result for result in results if result["score"] >= LEAST_SCORE and min(result["bbox"][2:]) > 0]


def classify(detector: Detector, scene: Scene, rng: np.random.Generator, classes: tuple[str, ...]) -> dict[str, float]:
    """Return the probability of each class for a picture of a single object; the sum is 1.

    A prediction is right with a chance that rises with the ease of the object; the greatest probability is that
    chance for a calibrated classifier, and nearer to 1 for an over-confident one.

    Args:
        classes: Names of the classes to choose from, two at least.
    """
    (one,) = (each for each in scene.objects if each.labelled)
    chance = float(np.clip(0.42 + 0.5 * _logistic(ease_of(detector, scene, one)) + rng.normal(0, 0.12), 0.3, 0.985))
    others = [name for name in classes if name != one.name]
    twin = LOOKALIKE.get(one.name)
    name = one.name
    if rng.random() >= chance:
        alike = twin in others and rng.random() < max(detector.lookalike, 0.5)
        name = str(twin) if alike else others[int(rng.integers(len(others)))]
    greatest = max(chance**detector.overconfidence, 1.2 / len(classes))
    rest = [other for other in classes if other != name]
    weights = rng.dirichlet(np.full(len(rest), 0.6)) + [0.8 if other in (twin, one.name) else 0 for other in rest]
    shares = np.minimum((1 - greatest) * weights / weights.sum(), 0.9 * greatest)
    share_of = dict(zip(rest, shares.tolist(), strict=True))
    return {other: share_of.get(other, 1 - float(shares.sum())) for other in classes}


def ease_of(detector: Detector, scene: Scene, one: VisibleObject) -> float:
    """Return the ease ``z`` of an object of a scene; it is found with probability s(z)."""
    return _ease(detector, observe(scene), one, int(np.count_nonzero(one.mask)))


def observe(scene: Scene) -> View:
    """Measure a picture's brightness and sharpness, as the metrics of these names do."""
    height, width = scene.picture.shape[:2]
    count = scene.picture.size
    brightness = sum(cv2.sumElems(scene.picture)) / count / 255
    edges = cv2.Laplacian(scene.picture, cv2.CV_16S, ksize=1, borderType=cv2.BORDER_REFLECT_101)
    mean = sum(cv2.sumElems(edges)) / count
    variance = max(cv2.norm(edges, cv2.NORM_L2SQR) / count - mean**2, 1e-6)
    sharpness = math.sqrt(variance) / 2040
    light = float(np.clip(brightness - TYPICAL_BRIGHTNESS, -0.35, 0.2))
    edge = float(np.clip(math.log(sharpness) - TYPICAL_LN_SHARPNESS, -1.6, 0.6))
    return View(width, height, light, edge)


def _ease(detector: Detector, view: View, one: VisibleObject, visible_px: int) -> float:
    size = float(np.clip(math.log(visible_px / (view.width * view.height)) - TYPICAL_LN_AREA, -3.5, 2.0))
    hidden = detector.visibility * (min(one.visible_share, 1.0) - 1.0)
    picture = detector.brightness * view.light + detector.sharpness * view.edge
    return detector.base + detector.area * size + picture + hidden


def _detect_object(
    detector: Detector, view: View, one: VisibleObject, visible_px: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    recall = _logistic(_ease(detector, view, one, visible_px))
    if rng.random() >= recall:
        return []
    chance = float(np.clip(rng.beta(1.2 + 6.0 * recall, 2.2), 0.05, 0.99))  # of being right
    score = chance**detector.overconfidence
    results = []
    if rng.random() < chance:
        jitter = detector.jitter * (1.6 - chance)
        results.append(_result(view, one, one.name, score, jitter, rng))
        if rng.random() < detector.duplicates:
            results.append(_result(view, one, one.name, 0.6 * score, 0.14, rng))
    elif rng.random() < detector.confusion:
        name = _mistake(detector, one.name, rng)
        results.append(_result(view, one, name, score, detector.jitter * 1.5, rng))
    else:
        results.append(_result(view, one, one.name, score, 0.28, rng))
    return results


def _mistake(detector: Detector, name: str, rng: np.random.Generator) -> str:
    """Draw the class that an object is taken for."""
    if name in LOOKALIKE and rng.random() < detector.lookalike:
        return LOOKALIKE[name]
    others = _RELATED[name] or _NAMES[:1]
    return others[int(rng.integers(len(others)))]


def _result(
    view: View, one: VisibleObject, name: str, score: float, jitter: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Return a detection of an object: its box with every edge moved, its mask stretched to that box."""
    left, top, width, height = mask_box(one.mask)
    moved = rng.normal(0, jitter, 4) * (width, height, width, height)
    x0, y0 = one.x + left + moved[0], one.y + top + moved[1]
    x1, y1 = one.x + left + width + moved[2], one.y + top + height + moved[3]
    shape = one.mask[top : top + height, left : left + width]
    return _place(view, (x0, y0, x1, y1), shape, name, score, rng)


def _false_positive(view: View, rng: np.random.Generator) -> dict[str, Any]:
    size = np.exp(rng.normal(-2.2, 0.5, 2)) * (view.width, view.height)
    x, y = rng.uniform(0, 1, 2) * (view.width - size[0], view.height - size[1])
    name = _NAMES[int(rng.integers(len(_NAMES)))]
    box = (float(x), float(y), float(x + size[0]), float(y + size[1]))
    return _place(view, box, _ELLIPSE, name, _low_score(rng), rng)


def _place(
    view: View,
    box: tuple[float, float, float, float],
    shape: NDArray[np.uint8],
    name: str,
    score: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    x0, x1 = (float(np.clip(v, 0, view.width)) for v in (min(box[0], box[2]), max(box[0], box[2])))
    y0, y1 = (float(np.clip(v, 0, view.height)) for v in (min(box[1], box[3]), max(box[1], box[3])))
    result: dict[str, Any] = {
        "category_id": CATEGORY_IDS[name],
        "bbox": [round(x0, 1), round(y0, 1), round(x1 - x0, 1), round(y1 - y0, 1)],
        "score": round(score, _PLACES),
        "probabilities": _rounded(_probabilities(name, 0.35 + 0.64 * score, rng)),
    }
    left, top = math.floor(x0), math.floor(y0)
    columns, rows = min(math.ceil(x1), view.width) - left, min(math.ceil(y1), view.height) - top
    if columns < 1 or rows < 1:
        return result | {"bbox": [0.0, 0.0, 0.0, 0.0]}  # beyond the border: left out
    mask = cv2.resize(shape * np.uint8(255), (columns, rows), interpolation=cv2.INTER_LINEAR)
    if min(columns, rows) >= _SMOOTHED_PX:
        mask = cv2.blur(mask, (5, 5))
    solid = (np.asarray(mask) >= 128).view(np.uint8)
    if not solid.any():
        solid[:] = 1
    return result | {"segmentation": encode_part(solid, left, top, view.height, view.width)}


def _probabilities(name: str, greatest: float, rng: np.random.Generator) -> list[float]:
    """Return a probability for each class: the rest goes to the look-alike, to related classes, and to a few others."""
    greatest = min(max(greatest, 0.36), 0.999)
    shares = np.zeros(len(_NAMES))
    rest = 1 - greatest
    twin = LOOKALIKE.get(name)
    if twin is not None:
        shares[CATEGORY_IDS[twin] - 1] += 0.5 * rest
        rest *= 0.5
    related = _RELATED[name] or _NAMES[1:4]
    some = rng.choice(len(related), min(3, len(related)), replace=False)
    for number, share in zip(some, rng.dirichlet(np.ones(len(some))), strict=True):
        shares[CATEGORY_IDS[related[int(number)]] - 1] += 0.7 * rest * share
    for number in rng.integers(0, len(_NAMES), 3):
        shares[int(number)] += 0.1 * rest
    shares[CATEGORY_IDS[name] - 1] = 0.0
    shares *= (1 - greatest) / shares.sum()
    # where the rest gathers on one class, it must not become the most probable
    shares = np.minimum(shares, 0.9 * greatest)
    shares[CATEGORY_IDS[name] - 1] = 1 - shares.sum()
    return [float(share) for share in shares]


def _rounded(shares: list[float]) -> list[float | int]:
    """Return shares rounded to four places; zeros as integers, which are shorter in a file."""
    return [round(share, _PLACES) or 0 for share in shares]


def _low_score(rng: np.random.Generator) -> float:
    return float(rng.beta(1.2, 9.0))


def _logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))
