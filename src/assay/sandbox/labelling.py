"""From a scene to its annotations: the true ones, and the errors that are planted in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from assay.sandbox.catalog import CATEGORY_IDS, CLASSES, LOOKALIKE
from assay.sandbox.labels import annotate
from assay.sandbox.planting import displaced, invalidated, jittered_copy
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.truth import Scene, VisibleObject

LEAST_AREA_PX2 = 400  # smaller objects get no error of place: nobody could see it
_LOOKALIKE_SHARE = 0.6
_NAMES = [kind.name for kind in CLASSES]


@dataclass
class Label:
    """One annotation of an image, not yet numbered.

    Attributes:
        record: Its COCO fields but for the ids.
        errors: What is wrong with it: known errors without ids.
        copy_of: The label that it is a planted copy of.
    """

    record: dict[str, Any]
    errors: list[dict[str, Any]] = field(default_factory=list)
    copy_of: Label | None = None


@dataclass(frozen=True)
class LabelledScene:
    """The labels of an image, in the order of the file, and errors that no label carries."""

    labels: list[Label]
    errors: list[dict[str, Any]]


def label_scene(spec: SandboxSpec, scene: Scene, rng: np.random.Generator) -> LabelledScene:
    """Annotate a scene as a person would who errs at the rates of the spec."""
    size: tuple[int, int] = scene.picture.shape[:2]
    labels: list[Label] = []
    errors: list[dict[str, Any]] = []
    for one in scene.objects:
        if not is_annotated(spec, one):
            continue
        record = {
            "category_id": CATEGORY_IDS[one.name],
            **annotate(one.mask, one.x, one.y, size, _draw_style(rng, spec)),
        }
        if one.track is not None:
            record["track_id"] = one.track
        label = Label(record)
        labels.append(label)
        _plant(spec, rng, label, labels, errors, size)
    _add_spurious(spec, rng, scene, labels, size)
    return LabelledScene([labels[i] for i in rng.permutation(len(labels))], errors)


def label_single(spec: SandboxSpec, scene: Scene, rng: np.random.Generator) -> LabelledScene:
    """Label a picture of a single object with its class, or a wrong one at the rate of the spec."""
    (one,) = (each for each in scene.objects if each.labelled)
    true = CATEGORY_IDS[one.name]
    if rng.random() >= spec.wrong_label_share:
        return LabelledScene([Label({"category_id": true})], [])
    wrong = draw_wrong_class(rng, one.name, spec.classes)
    error = {"type": "wrong_image_label", "category_id": true}
    return LabelledScene([Label({"category_id": CATEGORY_IDS[wrong]}, [error])], [])


def is_annotated(spec: SandboxSpec, one: VisibleObject) -> bool:
    """Tell whether enough is seen of an object to be annotated."""
    is_visible = one.visible_share >= spec.min_visible_share and np.count_nonzero(one.mask) >= spec.min_area_px2
    return bool(one.labelled and is_visible)


def draw_wrong_class(rng: np.random.Generator, name: str, among: tuple[str, ...] = ()) -> str:
    """Draw another class than the true one: often the one that looks like it."""
    twin = LOOKALIKE.get(name)
    names = list(among) or _NAMES
    if twin in names and rng.random() < _LOOKALIKE_SHARE:
        return str(twin)
    others = [other for other in names if other != name]
    return others[int(rng.integers(len(others)))]


def _plant(
    spec: SandboxSpec,
    rng: np.random.Generator,
    label: Label,
    labels: list[Label],
    errors: list[dict[str, Any]],
    size: tuple[int, int],
) -> None:
    """Draw which error the newest label gets, if any, and make it."""
    kinds: list[tuple[str, float]] = [
        ("missing_annotation", spec.missing_share),
        ("wrong_class", spec.wrong_class_share),
        ("duplicate_annotation", spec.duplicate_share),
        ("badly_located", spec.badly_located_share),
        ("invalid_geometry", spec.invalid_share),
    ]
    draw = float(rng.random())
    for kind, share in kinds:
        if draw < share:
            _PLANTERS[kind](rng, label, labels, errors, size)
            return
        draw -= share


def _miss(
    _rng: np.random.Generator, label: Label, labels: list[Label], errors: list[dict[str, Any]], _size: tuple[int, int]
) -> None:
    labels.pop()
    true = {key: label.record[key] for key in ("category_id", "bbox")}
    errors.append({"type": "missing_annotation", **true})


def _mistake(
    rng: np.random.Generator, label: Label, _labels: list[Label], _errors: list[dict[str, Any]], _size: tuple[int, int]
) -> None:
    true = label.record["category_id"]
    wrong = draw_wrong_class(rng, _NAMES[true - 1])
    label.record["category_id"] = CATEGORY_IDS[wrong]
    label.errors.append({"type": "wrong_class", "category_id": true})


def _duplicate(
    rng: np.random.Generator, label: Label, labels: list[Label], _errors: list[dict[str, Any]], size: tuple[int, int]
) -> None:
    copy = jittered_copy(rng, label.record, size) if label.record["area"] >= LEAST_AREA_PX2 else None
    if copy is not None:
        labels.append(Label(copy, [{"type": "duplicate_annotation"}], copy_of=label))


def _displace(
    rng: np.random.Generator, label: Label, _labels: list[Label], _errors: list[dict[str, Any]], size: tuple[int, int]
) -> None:
    moved = displaced(rng, label.record, size) if label.record["area"] >= LEAST_AREA_PX2 else None
    if moved is not None:
        label.errors.append({"type": "badly_located", "bbox": label.record["bbox"]})
        label.record = moved


def _break(
    rng: np.random.Generator, label: Label, _labels: list[Label], _errors: list[dict[str, Any]], size: tuple[int, int]
) -> None:
    if label.record["area"] >= LEAST_AREA_PX2:
        label.record, kind = invalidated(rng, label.record, size)
        label.errors.append({"type": "invalid_geometry", "kind": kind})


_PLANTERS: dict[str, Callable[..., None]] = {
    "missing_annotation": _miss,
    "wrong_class": _mistake,
    "duplicate_annotation": _duplicate,
    "badly_located": _displace,
    "invalid_geometry": _break,
}


def _add_spurious(
    spec: SandboxSpec, rng: np.random.Generator, scene: Scene, labels: list[Label], size: tuple[int, int]
) -> None:
    """Add labels where no object of a class is: on clutter, or on the background."""
    clutter = [one for one in scene.objects if not one.labelled and np.count_nonzero(one.mask) >= LEAST_AREA_PX2]
    true = [_box_of(one) for one in scene.objects if one.labelled]
    for _ in range(int(rng.binomial(len(labels), spec.spurious_share))):
        record: dict[str, Any] | None = None
        if clutter and rng.random() < 0.5:
            one = clutter.pop(int(rng.integers(len(clutter))))
            record = annotate(one.mask, one.x, one.y, size, "polygon")
        else:
            record = _draw_empty_box(rng, true, size)
        if record is not None:
            category = {"category_id": int(rng.integers(len(CLASSES))) + 1}
            labels.append(Label(category | record, [{"type": "spurious_annotation"}]))


def _draw_empty_box(
    rng: np.random.Generator, true: list[shapely.Geometry], size: tuple[int, int]
) -> dict[str, Any] | None:
    """Draw a box that overlaps no object by more than a tenth, None where there is hardly room."""
    height, width = size
    for _ in range(20):
        w, h = (round(float(side * rng.uniform(0.06, 0.22)), 1) for side in (width, height))
        x, y = round(float(rng.uniform(0, width - w)), 1), round(float(rng.uniform(0, height - h)), 1)
        box = shapely.box(x, y, x + w, y + h)
        shared = shapely.area(shapely.intersection(box, np.array(true, dtype=object)))
        if not true or float(np.max(shared)) < 0.1 * w * h:
            return {"bbox": [x, y, w, h], "iscrowd": 0, "area": round(w * h, 1)}
    return None


def _box_of(one: VisibleObject) -> shapely.Geometry:
    height, width = one.mask.shape
    return shapely.box(one.x, one.y, one.x + width, one.y + height)


def _draw_style(rng: np.random.Generator, spec: SandboxSpec) -> str:
    value = rng.random()
    if value < spec.mask_share:
        return "mask"
    return "box" if value < spec.mask_share + spec.box_share else "polygon"
