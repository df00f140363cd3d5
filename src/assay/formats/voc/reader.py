"""Read a Pascal VOC dataset as a source."""

from __future__ import annotations

from math import degrees
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from assay.errors import InputError
from assay.formats.fields import ANNOTATION_FIELDS, IMAGE_FIELDS, is_finite_number
from assay.formats.format import Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, free_fields, read_shown_size, read_size
from assay.formats.label_text import read_label_bytes, to_text
from assay.formats.masks import mask_box
from assay.formats.source import Source
from assay.formats.voc.boxes import Convention, read_sides, tells_edges, to_box
from assay.formats.voc.files import Pictures, find_layout, is_voc, read_root, read_splits
from assay.formats.voc.masks import VOID, read_numbers
from assay.media.files import list_images

_OF_IMAGE = frozenset(("filename", "size", "object", "path"))
_OF_OBJECT = frozenset(("name", "bndbox", "robndbox", "part", "attributes"))
_LEAST_OVERLAP = 0.5


def read_voc(reading: Reading) -> Source:
    """Read a folder of XML files, with the splits and masks beside it.

    Raises:
        InputError: there is no XML file, or one cannot be opened.
    """
    reading.stage("Looking for labels", None)
    layout = find_layout(reading.labels)
    names = list_images(layout.annotations, ["*.xml"])
    if not names:
        raise InputError(
            "The folder holds no annotations of Pascal VOC.",
            item=str(reading.labels),
            expected="XML files, in Annotations or in the folder itself",
            actual="none",
        )
    reader = _Reader(reading, layout.root)
    reading.stage("Reading labels", len(names))
    for done, name in enumerate(names):
        reader.take(layout.annotations / name, name)
        if done % 64 == 0:
            reading.progress(done, len(names))
    return reader.finish()


class _Reader:
    def __init__(self, reading: Reading, root: Path) -> None:
        self._reading = reading
        self._root = root
        self._found = Gathering(reading.append, reading.known)
        self._pictures = Pictures(reading.images)
        self._splits = read_splits(root)
        self._is_plain: list[bool] = []  # whether a box is one of sides, by object
        self._edges: list[str] = []
        self._seen: set[str] = set()
        for name in _read_label_map(root / "labelmap.txt"):
            self._found.describe_class(name, {})

    def take(self, file: Path, name: str) -> None:
        """Read a file; one that is no annotation is kept by its name."""
        try:
            root = read_root(file)
        except InputError as error:
            self._found.reject("labels", "voc_not_xml", f"{name}: {error.actual}"[:300], {"file": name})
            return
        if not is_voc(root):
            self._found.reject("labels", "voc_other_xml", f"{name}: a document <{root.tag}>"[:300], {"file": name})
            return
        image = self._take_image(root, name)
        masks = self._read_masks(image, name)
        objects = root.findall("object")
        for at, each in enumerate(objects):
            where = f"{name}: object {at + 1}"
            try:
                self._take_object(image, each, masks.pop(at + 1, None), where)
            except RecordFault as fault:
                record = {"file": name, "object": _value(each)}
                self._found.reject("labels", fault.reason, f"{where}: {fault}"[:400], record)
        for number in sorted(masks):
            self._found.doctor.note("voc_mask_without_object", f"{name}: number {number}")

    def _take_image(self, root: Element, name: str) -> int:
        found = self._found
        picture, differs = self._pictures.find(name, (root.findtext("filename") or "").strip())
        if differs:
            found.doctor.note("voc_other_filename", f"{name}: filename {root.findtext('filename')}")
        known = found.place_of(picture)
        if known is not None:
            found.doctor.note("voc_repeated_image", f"{name}: {picture}")
            return known
        self._seen.add(picture)
        width, height = (
            read_size(_number((root.findtext(f"size/{side}") or "").strip())) for side in ("width", "height")
        )
        if width is None or height is None:
            width, height = read_shown_size(self._reading.images / picture) or (None, None)
        told = {each.tag: _value(each) for each in root if each.tag not in _OF_IMAGE}
        depth = (root.findtext("size/depth") or "").strip()
        if depth:
            told["depth"] = _number(depth)
        extra = free_fields(told, (), IMAGE_FIELDS)
        return found.add_image(picture, width=width, height=height, extra=self._add_split(extra, name))

    def _add_split(self, extra: dict[str, Any], name: str) -> dict[str, Any]:
        stem = PurePosixPath(name).with_suffix("")
        split = self._splits.get(str(stem)) or self._splits.get(stem.name)
        return extra if split is None else extra | {"split": split}

    def _read_masks(self, image: int, name: str) -> dict[int, dict[str, Any]]:
        """Return the masks of an image's objects by their numbers."""
        file = self._root / "SegmentationObject" / PurePosixPath(name).with_suffix(".png")
        if not file.is_file():
            return {}
        images = self._found.images
        try:
            numbers = read_numbers(file, images.width[image], images.height[image])
        except RecordFault as fault:
            self._found.doctor.note(fault.reason, f"{name}: {fault}")
            return {}
        masks = {number: numbers.mask(number) for number in numbers.present if number not in (0, VOID)}
        return {number: mask for number, mask in masks.items() if mask is not None}

    def _take_object(self, image: int, each: Element, mask: dict[str, Any] | None, where: str) -> None:
        name = (each.findtext("name") or "").strip()
        if not name:
            raise RecordFault("voc_no_name", "no name")
        extra = _read_fields(each)
        turned = each.find("robndbox")
        if turned is not None and each.find("bndbox") is None:
            box, rotation = _read_turned(turned)
            extra["rotation"] = rotation
        else:
            sides = read_sides(each.find("bndbox"))
            box = to_box(sides, "pixels")
            if tells_edges(sides):
                self._edges.append(where)
        if mask is not None and _overlap(box, mask_box(mask)) < _LEAST_OVERLAP:
            self._found.doctor.note("voc_mask_elsewhere", where)
        self._is_plain.append(turned is None or each.find("bndbox") is not None)
        found = self._found
        found.add(Thing(image, found.class_place(name), found.number(image), box, mask, (), extra))

    def finish(self) -> Source:
        """Return the dataset, pictures without annotations included."""
        for name in list_images(self._reading.images):
            if name not in self._seen:
                size = read_shown_size(self._reading.images / name) or (None, None)
                self._found.add_image(name, width=size[0], height=size[1], extra=self._add_split({}, name))
        convention: Convention = "edges" if self._edges else "pixels"
        for where in self._edges:
            self._found.doctor.note("voc_from_zero", where)
        source = self._found.finish({"voc": {"boxes": convention}}, ["labels"])
        if convention == "edges":
            source.annotations["xywh"][np.array(self._is_plain, dtype=np.bool_)] += (1, 1, -1, -1)
        return source


def _read_label_map(file: Path) -> list[str]:
    """Return the classes of a ``labelmap.txt``, as CVAT and Datumaro write it, in their order."""
    if not file.is_file():
        return []
    text, _ = to_text(read_label_bytes(file))
    lines = (line for line in text.splitlines() if line.count(":") >= 3 and not line.startswith("#"))
    return [name for line in lines if (name := line.rsplit(":", 3)[0]) and name != "background"]


def _read_fields(each: Element) -> dict[str, Any]:
    told = {child.tag: _value(child) for child in each if child.tag not in _OF_OBJECT}
    extra = free_fields(told, (), ANNOTATION_FIELDS)
    parts = [_value(part) for part in each.findall("part")]
    if parts:
        extra["parts"] = parts
    attributes = {
        (attribute.findtext("name") or "").strip(): _number((attribute.findtext("value") or "").strip())
        for attribute in each.findall("attributes/attribute")
    }
    if attributes:
        extra["attributes"] = attributes
    return extra


def _read_turned(box: Element) -> tuple[list[float], float]:
    """Return a turned box, as roLabelImg writes it: centre, sides, and radians clockwise."""
    texts = [(box.findtext(key) or "").strip() for key in ("cx", "cy", "w", "h", "angle")]
    numbers = [_number(text) for text in texts]
    if not all(map(is_finite_number, numbers)):
        raise RecordFault("voc_box_not_a_number", f"sides {', '.join(texts)}")
    x, y, width, height, angle = (float(number) for number in numbers)
    return [x - width / 2, y - height / 2, width, height], degrees(angle)


def _value(element: Element) -> Any:
    """Return an element as a number, text, or object of its children; of a tag that is repeated a list."""
    if not len(element):
        return _number((element.text or "").strip())
    found: dict[str, Any] = {}
    for child in element:
        value = _value(child)
        before = found.get(child.tag)
        if child.tag in found:
            value = [*before, value] if isinstance(before, list) else [before, value]
        found[child.tag] = value
    return found


def _number(text: str) -> Any:
    """Return a text as the number that it is, else as it stands."""
    plain = text.removeprefix("-")
    if plain.isascii() and plain.isdecimal() and len(plain) < 16 and (plain == "0" or plain[0] != "0"):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if plain[:1].isdecimal() and np.isfinite(number) and "_" not in text and plain[:2] != "00" else text


def _overlap(one: list[float], other: list[float]) -> float:
    """Return the share of their union that two boxes have in common."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(width, 0) * max(height, 0)
    union = one[2] * one[3] + other[2] * other[3] - common
    return common / union if union > 0 else 1.0
