"""Images with labels of their own as a source, like what a COCO file gives: records that an export writes as COCO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.formats.coco.annotations import read_chunk
from assay.formats.coco.fields import CATEGORY_FIELDS, IMAGE_FIELDS, describe_fields
from assay.formats.coco.reader import CocoSource, empty_source
from assay.formats.coco.records import CategoryRecords, ImageRecords

_IMAGE = describe_fields(("id", "file_name"), IMAGE_FIELDS)[0]
_CATEGORY = describe_fields(("id", "name"), CATEGORY_FIELDS)[0]


@dataclass
class LabelledImages:
    """Images and what they are labelled with, ``n`` images.

    Attributes:
        names: File names.
        labels: The classes of each, none or several possible.
        ids: Ids that the source gives; empty where it gives none.
        extras: Further fields of each.
    """

    names: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    extras: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class KnownIds:
    """Ids that a project has given already and that stay: a refresh or addition gives new ones to what is new.

    Attributes:
        images: By file name.
        classes: By name.
        next_image: The least id that no image or annotation has.
    """

    images: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    next_image: int = 1


def make_source(found: LabelledImages, known: KnownIds) -> CocoSource:
    """Return labelled images as a source.

    Classes are sorted by name and numbered from 0, images in their order from 1, each going on after what is known. An
    image's first label has the number of the image for its id.

    Args:
        found: What is there.
        known: Ids that stay.
    """
    ids, next_id = found.ids, known.next_image
    if not ids:
        ids, next_id = _number(found.names, known.images, known.next_image)
    classes = sorted({label for labels in found.labels for label in labels})
    class_ids, _ = _number(classes, known.classes, max(known.classes.values(), default=-1) + 1)
    records = _annotations(found.labels, ids, dict(zip(classes, class_ids, strict=True)), next_id)
    count = len(ids)
    source = empty_source(
        ImageRecords(
            list(range(count)),
            ids,
            found.names,
            [None] * count,
            [None] * count,
            [_IMAGE] * count,
            {i: extra for i, extra in enumerate(found.extras) if extra},
        )
    )
    chunk = read_chunk(records, 0)
    image = np.repeat(np.arange(count, dtype=np.int32), [len(labels) for labels in found.labels])
    place = {name: at for at, name in enumerate(classes)}
    source.annotations = {name: getattr(chunk, name) for name in source.annotations}
    source.annotation_ids = chunk.ids
    source.annotation_image = image
    source.annotation_category = np.array([place[n] for labels in found.labels for n in labels], dtype=np.int32)
    source.categories = CategoryRecords(
        list(range(len(classes))), class_ids, classes, [None] * len(classes), [_CATEGORY] * len(classes)
    )
    source.sections = ["images", "annotations", "categories"]
    return source


def _number(names: list[str], known: Mapping[str, int], following: int) -> tuple[list[int], int]:
    """Return each name's number, known or new, and the next free one."""
    numbers = []
    for name in names:
        number = known.get(name)
        if number is None:
            number, following = following, following + 1
        numbers.append(number)
    return numbers, following


def _annotations(labels: list[list[str]], ids: list[Any], classes: dict[str, int], following: int) -> list[Any]:
    """Return the labels as COCO records; ids of images serve for annotations, too, where they are whole numbers."""
    numbered = all(type(each) is int for each in ids) and len(set(ids)) == len(ids)
    if numbered:
        following = max([following, *(each + 1 for each in ids)])
    records = []
    for image_id, names in zip(ids, labels, strict=True):
        for at, name in enumerate(names):
            number = image_id
            if at or not numbered:
                number, following = following, following + 1
            records.append({"id": number, "image_id": image_id, "category_id": classes[name]})
    return records
