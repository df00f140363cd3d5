"""Images with labels of their own as a source, like what a COCO file gives: records that an export writes as COCO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.formats.doctor import Doctor
from assay.formats.format import KnownIds
from assay.formats.source import CategoryColumns, ImageColumns, Source, blank_annotations


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


def make_source(found: LabelledImages, known: KnownIds, doctor: Doctor) -> Source:
    """Return labelled images as a source.

    Classes are sorted by name and numbered from 0, images in their order from 1, each going on after what is known. An
    image's first label has the number of the image for its id.

    Args:
        found: What is there.
        known: Ids that stay.
        doctor: What is odd in them.
    """
    ids, next_id = found.ids, known.next_image
    if not ids:
        ids, next_id = _number(found.names, known.images, known.next_image)
    classes = sorted({label for labels in found.labels for label in labels})
    class_ids, _ = _number(classes, known.classes, max(known.classes.values(), default=-1) + 1)
    place = {name: at for at, name in enumerate(classes)}
    images = ImageColumns.named(ids, found.names)
    images.extras = {i: extra for i, extra in enumerate(found.extras) if extra}
    counts = [len(labels) for labels in found.labels]
    return Source(
        images,
        CategoryColumns.named(class_ids, classes),
        blank_annotations(sum(counts)),
        _annotation_ids(counts, ids, next_id),
        np.repeat(np.arange(len(ids), dtype=np.int32), counts),
        np.array([place[name] for labels in found.labels for name in labels], dtype=np.int32),
        sections=["images", "annotations", "categories"],
        doctor=doctor,
    )


def _number(names: list[str], known: Mapping[str, int], following: int) -> tuple[list[int], int]:
    """Return each name's number, known or new, and the next free one."""
    numbers = []
    for name in names:
        number = known.get(name)
        if number is None:
            number, following = following, following + 1
        numbers.append(number)
    return numbers, following


def _annotation_ids(counts: list[int], ids: list[Any], following: int) -> list[Any]:
    """Return ids for the labels, `counts` of each image; an image's own serves its first where it is a number."""
    numbered = all(type(each) is int for each in ids) and len(set(ids)) == len(ids)
    if numbered:
        following = max([following, *(each + 1 for each in ids)])
    found = []
    for image_id, count in zip(ids, counts, strict=True):
        for at in range(count):
            number = image_id
            if at or not numbered:
                number, following = following, following + 1
            found.append(number)
    return found
