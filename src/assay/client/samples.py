"""Datasets of samples as projects: of Hugging Face, of torch, or any that gives an image and what is in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from assay.client.annotations import AnnotatedImage, Annotation, labels_written
from assay.client.importing import import_coco
from assay.client.project import Project
from assay.errors import InputError
from assay.media.files import IMAGE_EXTENSIONS
from assay.media.header import read_header
from assay.project.manifest import make_workspace
from assay.project.paths import absolute

Form = Literal["xyxy", "xywh", "cxcywh"]

_IMAGES = ("image", "img", "picture", "pixel_values")
_OBJECTS = ("objects", "annotations", "object", "annotation")
_BOXES = ("bbox", "bboxes", "boxes", "box")
_LABELS = ("category", "categories", "label", "labels", "class", "classes", "category_id", "name", "fine_label")
_CROWDS = ("iscrowd", "is_crowd", "crowd")
_ENDINGS = {"jpeg": ".jpg", "tiff": ".tif"}


def import_samples(
    samples: Any,
    name: str,
    workspace: str | Path = ".",
    *,
    classes: Sequence[str] | Mapping[int, str] | None = None,
    box_format: Form | None = None,
    split: str | None = None,
) -> Project:
    """Make a project of a dataset of samples and open it.

    A sample is a mapping, as Hugging Face's ``datasets`` have it (an image, ``objects`` with ``bbox`` and ``category``,
    or a ``label``), or an image and a target, as torch's have it: a class, a mapping of ``boxes``, ``labels``,
    ``masks`` and ``keypoints``, records of COCO's (``CocoDetection``) or of VOC's (``VOCDetection``).

    Pictures are written to ``NAME.images`` in the workspace, as they are where they are files or encoded, else as PNG;
    labels to ``NAME.labels.json``, from which a refresh reads them.

    Args:
        samples: The dataset; a mapping of splits to datasets; or any iterable of samples.
        name: The project's name.
        workspace: Where the project's directory is made.
        classes: What numbers of classes mean, where the dataset does not say.
        box_format: What boxes are; where None, what the dataset says, else corners of ``boxes``, corner and size of
            others.
        split: The split that the images belong to.

    Raises:
        InputError: there is no image, or a sample cannot be read; it is told by its number.
        ExistsError: the name is taken.
    """
    place = make_workspace(absolute(workspace))
    folder = place / f"{name}.images"
    parts = samples if _are_splits(samples) else {None: samples}
    readers = {part: _Reader(each, classes, box_format) for part, each in parts.items()}
    images = (image for part, reader in readers.items() for image in reader.write(folder, part))
    names = [each for reader in readers.values() for each in reader.class_names]
    was_there = folder.exists()
    try:
        with labels_written(place, name, images, names) as labels:
            return import_coco(labels, folder, place, name=name, split=split)
    except BaseException:
        if not was_there and not (place / name).exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _are_splits(samples: Any) -> bool:
    return isinstance(samples, Mapping) and not any(key in samples for key in _IMAGES)


class _Reader:
    def __init__(self, samples: Any, classes: Sequence[str] | Mapping[int, str] | None, form: Form | None) -> None:
        self._features = getattr(samples, "features", None)
        self._samples = _with_encoded_images(samples)
        self._classes = classes if classes is not None else _known_classes(samples)
        self._form = form
        self._paths = [each[0] for each in getattr(samples, "samples", ())]  # of torchvision's folders

    @property
    def class_names(self) -> list[str]:
        """The classes that are known, in their order."""
        known = self._classes or ()
        return [str(name) for name in (known.values() if isinstance(known, Mapping) else known)]

    def write(self, folder: Path, split: str | None) -> Iterator[AnnotatedImage]:
        """Write the pictures and yield what is in them."""
        target = folder if split is None else folder / split
        target.mkdir(parents=True, exist_ok=True)
        fields = {} if split is None else {"split": split}
        for at, sample in enumerate(_each(self._samples)):
            try:
                picture, annotations, further = self._read(sample)
                picture = self._paths[at] if at < len(self._paths) else picture
                name = _write_picture(picture, target, at)
            except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError) as error:
                raise InputError(
                    "A sample cannot be read.",
                    item=f"sample {at}" + (f" of {split}" if split else ""),
                    expected="an image, and what is in it",
                    actual=f"{type(error).__name__}: {error}"[:300],
                ) from error
            yield AnnotatedImage(name if split is None else f"{split}/{name}", annotations, further | fields)

    def _read(self, sample: Any) -> tuple[Any, list[Annotation], dict[str, Any]]:
        if isinstance(sample, Mapping):
            return self._read_mapping(sample)
        picture, target = sample
        if isinstance(target, Mapping) and "annotation" in target:
            return picture, list(_of_voc(target["annotation"])), {}
        return picture, self._annotations(target), {}

    def _read_mapping(self, sample: Mapping[str, Any]) -> tuple[Any, list[Annotation], dict[str, Any]]:
        picture = next(name for name in (*self._image_features(), *_IMAGES) if name in sample)
        objects = next((name for name in _OBJECTS if isinstance(sample.get(name), Mapping | list | tuple)), None)
        flat = any(name in sample for name in _BOXES)
        label = next((name for name in _LABELS if sample.get(name) is not None), None)
        own = {picture, *(each for each in (objects,) if each), *((*_BOXES, *_LABELS) if flat else ())}
        found: list[Annotation] = []
        if objects is not None or flat:
            found = self._annotations(sample if objects is None else sample[objects])
        elif label is not None:
            found, own = self._annotations(sample[label]), own | {label}
        fields = {
            key: plain for key, value in sample.items() if key not in own and (plain := _plain(value)) is not None
        }
        return (
            sample[picture],
            found,
            {f"{key}_field" if key in ("id", "file_name") else key: v for key, v in fields.items()},
        )

    def _image_features(self) -> list[str]:
        features = self._features if isinstance(self._features, Mapping) else {}
        return [name for name, feature in features.items() if type(feature).__name__ == "Image"]

    def _annotations(self, target: Any) -> list[Annotation]:
        """Return what a target says: a class, columns of objects, or a list of records."""
        target = _plain_numbers(target)
        if target is None:
            return []
        if isinstance(target, int | str):
            return [Annotation(self._name(target))]
        if isinstance(target, Mapping):
            return list(self._of_columns(target))
        return [each for record in target for each in self._of_record(record)]

    def _of_record(self, record: Any) -> Iterator[Annotation]:
        if not isinstance(record, Mapping):
            yield Annotation(self._name(_plain_numbers(record)))
            return
        yield from self._of_columns({key: [value] for key, value in record.items()}, of_record=True)

    def _of_columns(self, columns: Mapping[str, Any], *, of_record: bool = False) -> Iterator[Annotation]:
        box_key = next((name for name in _BOXES if name in columns), None)
        label_key = next((name for name in _LABELS if name in columns), None)
        form = self._form or _told_form(columns.get(box_key or "")) or ("xyxy" if box_key == "boxes" else "xywh")
        plain = {key: _plain_numbers(value) for key, value in columns.items() if key != "masks"}
        if label_key is None:
            raise ValueError(f"expected a class among {', '.join(map(str, columns))}")
        labels = plain[label_key]
        count = len(labels)
        crowd_key = next((name for name in _CROWDS if name in plain), None)
        for at in range(count):
            others = {
                key: value[at]
                for key, value in plain.items()
                if isinstance(value, list) and len(value) == count and _is_further(key, box_key, label_key, crowd_key)
            }
            drawn = self._drawn(columns, plain, at, of_record=of_record)
            box = None if box_key is None or plain[box_key][at] is None else _to_corner(plain[box_key][at], form)
            yield Annotation(
                self._name(labels[at]),
                box=box,
                crowd=bool(crowd_key and plain[crowd_key][at]),
                attributes={key: value for key, value in others.items() if value is not None},
                **drawn,
            )

    def _drawn(
        self, columns: Mapping[str, Any], plain: Mapping[str, Any], at: int, *, of_record: bool
    ) -> dict[str, Any]:
        if "masks" in columns and not of_record:
            return {"mask": np.asarray(columns["masks"][at])}
        if of_record and (outline := plain.get("segmentation", [None])[0]):
            return {"mask": outline} if isinstance(outline, Mapping) else {"polygon": outline}
        if points := plain.get("keypoints"):
            flat = points[at]
            triples = (
                [flat[i : i + 3] for i in range(0, len(flat), 3)] if flat and not isinstance(flat[0], list) else flat
            )
            return {"keypoints": triples}
        return {}

    def _name(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        names = self._classes
        if isinstance(names, Mapping):
            return str(names.get(value, f"class_{value}"))
        return names[value] if names is not None and 0 <= value < len(names) else f"class_{value}"


def _is_further(key: str, *own: str | None) -> bool:
    return key not in own and key not in ("segmentation", "keypoints", "num_keypoints", "image_id")


def _each(samples: Any) -> Iterable[Any]:
    """Yield samples; a dataset of torch may have no more than a length and items."""
    if hasattr(samples, "__len__") and hasattr(samples, "__getitem__") and not isinstance(samples, Mapping):
        return (samples[at] for at in range(len(samples)))
    found: Iterable[Any] = samples
    return found


def _with_encoded_images(samples: Any) -> Any:
    """Return a dataset of Hugging Face with its pictures as they are stored, not unpacked; others as they are."""
    features = getattr(samples, "features", None)
    if not isinstance(features, Mapping) or not hasattr(samples, "cast_column"):
        return samples
    for name, feature in features.items():
        if type(feature).__name__ == "Image":
            samples = samples.cast_column(name, type(feature)(decode=False))
    return samples


def _known_classes(samples: Any) -> Sequence[str] | Mapping[int, str] | None:
    """Return what a dataset says numbers of classes mean."""
    if (found := _find_names(getattr(samples, "features", None))) is not None:
        return found
    cats = getattr(getattr(samples, "coco", None), "cats", None)  # torchvision's CocoDetection
    if cats:
        return {number: each["name"] for number, each in cats.items()}
    names = getattr(samples, "classes", None)
    return [str(name) for name in names] if isinstance(names, list | tuple) else None


def _find_names(feature: Any) -> list[str] | None:
    """Return the names of the class label among nested features of Hugging Face's, those of objects first."""
    if isinstance(getattr(feature, "names", None), list) and hasattr(feature, "int2str"):
        return list(feature.names)
    if isinstance(feature, Mapping):
        order = sorted(feature, key=lambda name: (name not in _OBJECTS, name not in _LABELS))
        return next((names for key in order if (names := _find_names(feature[key])) is not None), None)
    inner = getattr(feature, "feature", None) or (feature[0] if isinstance(feature, list) and feature else None)
    return None if inner is None else _find_names(inner)


def _told_form(boxes: Any) -> Form | None:
    """Return what torchvision's boxes say of themselves."""
    told = getattr(getattr(boxes, "format", None), "value", "")
    forms: dict[str, Form] = {"XYXY": "xyxy", "XYWH": "xywh", "CXCYWH": "cxcywh"}
    return forms.get(str(told).upper())


def _to_corner(box: Sequence[float], form: Form) -> list[float]:
    a, b, c, d = box
    if form == "xyxy":
        return [a, b, c - a, d - b]
    return [a - c / 2, b - d / 2, c, d] if form == "cxcywh" else [a, b, c, d]


def _of_voc(annotation: Mapping[str, Any]) -> Iterator[Annotation]:
    """Yield the objects of VOC's record, whose sides are pixels counted from 1 and inside the box."""
    objects = annotation.get("object", [])
    for each in objects if isinstance(objects, list) else [objects]:
        left, top, right, bottom = (float(each["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax"))
        fields = {key: value for key, value in each.items() if isinstance(value, str) and key != "name"}
        box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
        yield Annotation(each["name"], box=box, attributes=fields)


def _plain_numbers(value: Any) -> Any:
    """Return tensors and arrays as lists and numbers, also within lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain_numbers(each) for each in value]
    return value


def _plain(value: Any) -> Any:
    """Return a value that is text, a truth value or a number; None of others."""
    value = _plain_numbers(value)
    return value if isinstance(value, str | bool | int | float) else None


def _write_picture(picture: Any, folder: Path, at: int) -> str:
    """Write a sample's picture; return what the file is called."""
    if isinstance(picture, Mapping):
        picture = picture.get("bytes") or picture["path"]
    original = getattr(picture, "filename", None)  # of Pillow's that were opened from a file
    if original and Path(original).is_file():
        picture = original
    if isinstance(picture, str | Path):
        file = Path(picture)
        name = file.name if file.suffix.lower() in IMAGE_EXTENSIONS else f"{at:06d}{file.suffix}"
        if (folder / name).exists():
            name = f"{at:06d}-{name}"
        shutil.copyfile(file, folder / name)
        return name
    if isinstance(picture, bytes):
        kind = read_header(picture).format
        name = f"{at:06d}{_ENDINGS.get(kind, f'.{kind}')}"
        (folder / name).write_bytes(picture)
        return name
    name = f"{at:06d}.png"
    if hasattr(picture, "save") and hasattr(picture, "mode"):
        buffer = BytesIO()
        picture.save(buffer, "PNG")
        (folder / name).write_bytes(buffer.getvalue())
        return name
    cv2.imencode(".png", _to_pixels(picture))[1].tofile(folder / name)
    return name


def _to_pixels(picture: Any) -> Any:
    """Return an array or tensor, ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``, as OpenCV takes it.

    Raises:
        ValueError: it is none.
    """
    pixels = np.asarray(picture)
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4) and pixels.shape[2] not in (1, 3, 4):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4)):
        raise ValueError(f"expected a picture, found {type(picture).__name__} of shape {pixels.shape}")
    if pixels.dtype.kind == "f":
        if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
            raise ValueError("expected shares of white from 0 to 1, found others: was the picture normalised?")
        pixels = np.round(pixels * 255).astype(np.uint8)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"expected whole numbers of 8 or 16 bits, found {pixels.dtype}")
    return (
        pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]] if pixels.shape[2] > 1 else pixels
    )
