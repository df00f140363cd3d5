"""Write a project as CVAT's XML 1.1 for images."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from assay.formats.format import Writing
from assay.formats.json_text import load
from assay.formats.masks import decode_mask, mask_box
from assay.formats.writing.contents import Batch, Contents, Image
from assay.formats.writing.covered import labelled_points, read_rle, unite_rings
from assay.formats.writing.fields import Plain, plain_fields
from assay.project.geometry import Shape

_OWN = frozenset({"occluded", "z_order", "source", "group_id", "rotation", "shape_type", "ellipse", "cuboid", "circle"})
_SUBSETS = {"train": "Train", "val": "Validation", "test": "Test"}
_ELLIPSE = ("cx", "cy", "rx", "ry", "rotation")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_IMAGE_OWN = frozenset({"split", "subset", "sequence", "frame_id", "id", "name", "width", "height"})


def write_cvat(writing: Writing) -> dict[str, Any]:
    """Write one XML file; labels and their attributes stand before the images, as CVAT reads them."""
    contents = writing.contents()
    contents.count_supercategories()
    document = _Document(contents.class_names, contents.lost, _numbers(contents.images), _skeletons(contents))
    total = len(contents.images)
    with TemporaryFile() as body:
        for batch in contents.batches():
            for done, image, places in batch.per_image():
                document.write_image(body, batch, done, image, places)
                contents.annotations += len(places)
                writing.progress(done, total)
        body.seek(0)
        with writing.open_file() as file:
            file.write(document.head(writing.store.directory.name, total).encode())
            shutil.copyfileobj(body, file)
            file.write(b"</annotations>\n")
    return contents.result()


def _numbers(images: list[Image]) -> list[int]:
    """Return the images' ids where all are whole numbers that differ, else their places."""
    ids = [image.id for image in images]
    good = all(type(each) is int and each >= 0 for each in ids) and len(set(ids)) == len(ids)
    return ids if good else list(range(len(images)))


def _skeletons(contents: Contents) -> dict[str, list[str]]:
    """Return the names of keypoints by class, where they are known and differ."""
    rows = contents.selection.classes.first
    with contents.store.read() as cursor:
        told = cursor.execute("SELECT row, extra FROM class WHERE list_contains(?, row)", [rows]).fetchall()
    found: dict[str, list[str]] = {}
    for row, extra in told:
        names = load(extra).get("keypoints") if extra else None
        if isinstance(names, list) and names and len(set(map(str, names))) == len(names):
            found[contents.class_names[rows.index(row)]] = [str(name) for name in names]
    return found


class _Document:
    def __init__(
        self, names: list[str], lost: Counter[str], numbers: list[int], skeletons: dict[str, list[str]]
    ) -> None:
        self._names, self._lost, self._numbers, self._skeletons = names, lost, numbers, skeletons
        self._drawn: set[str] = set()  # classes of which skeletons have been written
        self._kinds: dict[str, dict[str, str]] = {name: {} for name in names}

    # ------------------------------------------------------------ images

    def write_image(self, file: BinaryIO, batch: Batch, place: int, image: Image, objects: range) -> None:
        """Write an image with its objects."""
        told: dict[str, Any] = {"id": self._numbers[place], "name": image.name}
        self._lost["image_ids"] += self._numbers[place] != image.id
        if image.split is not None:
            told["subset"] = image.extra.get("subset") or _SUBSETS.get(image.split, image.split)
        told |= {"width": image.width, "height": image.height}
        fields, nested = plain_fields(image.extra, _IMAGE_OWN)
        self._lost["image_fields"] += len(fields) + nested
        file.write(f"  <image{_attributes(told)}>\n".encode())
        group = 1 + max((g for at in objects if type(g := batch.details.extra[at].get("group_id")) is int), default=0)
        for at in objects:
            parts = self._draw(batch, at, image)
            common = self._common(batch, at)
            if len(parts) > 1 and "group_id" not in common:
                common["group_id"], group = group, group + 1
            label = self._names[int(batch.objects.class_[at])]
            inner = "".join(
                f"      <attribute name={_quote(name)}>{_text(_plain(value))}</attribute>\n"
                for name, value in self._fields(batch, at, label).items()
            )
            for tag, numbers in parts:
                kept = {k: v for k, v in common.items() if tag != "tag" or k in ("source", "group_id")}
                if tag == "skeleton":
                    head = f"    <skeleton{_attributes({'label': label, **kept})}"
                    file.write(f"{head}>\n{self._parts(label, numbers['points'])}{inner}    </skeleton>\n".encode())
                    continue
                head = f"    <{tag}{_attributes({'label': label, **kept, **numbers})}"
                file.write(f"{head}>\n{inner}    </{tag}>\n".encode())
        file.write(b"  </image>\n")

    def _common(self, batch: Batch, at: int) -> dict[str, Any]:
        extra = batch.details.extra[at]
        told: dict[str, Any] = {
            "source": extra.get("source") if isinstance(extra.get("source"), str) else "manual",
            "occluded": int(extra.get("occluded") is True),
            "z_order": extra.get("z_order") if type(extra.get("z_order")) is int else 0,
        }
        if type(extra.get("group_id")) in (int, str):
            told["group_id"] = extra["group_id"]
        return told

    def _fields(self, batch: Batch, at: int, label: str) -> dict[str, Plain]:
        """Return an object's further fields, which are its attributes; remember what kind they are."""
        fields, nested = plain_fields(batch.details.extra[at], _OWN)
        self._lost["nested_fields"] += nested
        score = float(batch.details.score[at])
        if not np.isnan(score):
            fields.setdefault("score", score)
        if batch.objects.crowd[at]:
            fields["iscrowd"] = True
            self._lost["crowds_as_attributes"] += 1
        known = self._kinds[label]
        for name, value in fields.items():
            kind = "checkbox" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
            known[name] = kind if known.get(name, kind) == kind else "text"
        return fields

    def _draw(self, batch: Batch, at: int, image: Image) -> list[tuple[str, dict[str, Any]]]:
        """Return the elements of an object: tag and attributes."""
        objects, shape = batch.objects, int(batch.objects.shape[at])
        if shape == Shape.LABEL:
            return [("tag", {})]
        points, label = labelled_points(objects, at), self._names[int(objects.class_[at])]
        parts = _mask(read_rle(objects, at)) if shape == Shape.MASK else self._outline(batch, at, image, shape)
        whole = objects.keypoints[objects.keypoint_offsets[at] : objects.keypoint_offsets[at + 1]]
        if len(points) and len(self._skeletons.get(label, ())) == len(whole):
            self._drawn.add(label)
            parts.append(("skeleton", {"points": whole}))
        elif len(points):
            parts.append(("points", {"points": _points(points[:, :2])}))
            self._lost["keypoints_as_points"] += 1
        self._lost["objects_without_shape"] += not parts
        return parts

    def _outline(self, batch: Batch, at: int, image: Image, shape: int) -> list[tuple[str, dict[str, Any]]]:
        objects, extra = batch.objects, batch.details.extra[at]
        if shape in (Shape.BOX, Shape.ROTATED_BOX):
            x, y, w, h = objects.xywh[at].tolist()
            told: dict[str, Any] = {"xtl": x, "ytl": y, "xbr": x + w, "ybr": y + h}
            if shape == Shape.ROTATED_BOX:
                told["rotation"] = float(objects.rotation[at])
            return [("box", told)]
        if shape == Shape.KEYPOINTS:
            return []
        rings = objects.rings(at)
        if shape == Shape.POLYLINE:
            return [("polyline", {"points": _points(ring)}) for ring in rings]
        ellipse = extra.get("ellipse")
        if isinstance(ellipse, list) and len(ellipse) == len(_ELLIPSE) and len(rings) == 1:
            return [("ellipse", dict(zip(_ELLIPSE, ellipse, strict=True)))]
        if len(rings) > 1 and image.width and image.height:
            united = unite_rings(objects, at, image.width, image.height)
            if united is not None:
                self._lost["polygons_of_several_rings_as_masks"] += 1
                return _mask(united)
        self._lost["rings_of_less_than_three_points"] += sum(len(ring) < 3 for ring in rings)
        return [("polygon", {"points": _points(ring)}) for ring in rings if len(ring) > 2]

    def _parts(self, label: str, points: Any) -> str:
        """Return the points of a skeleton; those that are not labelled are outside."""
        return "".join(
            f"      <points{_attributes({'label': name, 'outside': int(v <= 0), 'occluded': int(v == 1)})} "
            f'points="{_number(x)},{_number(y)}"></points>\n'
            for name, (x, y, v) in zip(self._skeletons[label], points.tolist(), strict=True)
        )

    # ------------------------------------------------------------ the head

    def head(self, name: str, count: int) -> str:
        """Return what stands before the images."""
        labels = "".join(self._label(each) for each in self._names)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n'
            f"      <name>{_text(name)}</name>\n      <size>{count}</size>\n      <mode>annotation</mode>\n"
            f"      <labels>\n{labels}      </labels>\n    </task>\n  </meta>\n"
        )

    def _label(self, name: str) -> str:
        values = {"checkbox": "false", "number": "-1000000000;1000000000;1", "text": ""}
        attributes = "".join(
            f"            <attribute><name>{_text(each)}</name><mutable>False</mutable><input_type>{kind}</input_type>"
            f"<default_value></default_value><values>{values[kind]}</values></attribute>\n"
            for each, kind in self._kinds[name].items()
        )
        is_skeleton = name in self._drawn
        told = (
            f"        <label>\n          <name>{_text(name)}</name>\n"
            f"          <type>{'skeleton' if is_skeleton else 'any'}</type>\n"
            f"          <attributes>\n{attributes}          </attributes>\n        </label>\n"
        )
        parts = self._skeletons[name] if is_skeleton else []
        return told + "".join(
            f"        <label>\n          <name>{_text(each)}</name>\n          <type>points</type>\n"
            f"          <attributes></attributes>\n          <parent>{_text(name)}</parent>\n        </label>\n"
            for each in parts
        )


def _mask(rle: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    left, top, width, height = map(int, mask_box(rle))
    if not width or not height:
        return []
    flat = decode_mask(rle)[top : top + height, left : left + width].ravel()
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate(([0], ends, [len(flat)]))).tolist()
    told = ", ".join(map(str, ([0] if flat[0] else []) + runs))
    return [("mask", {"rle": told, "left": left, "top": top, "width": width, "height": height})]


def _points(points: Any) -> str:
    return ";".join(f"{_number(x)},{_number(y)}" for x, y in points.tolist())


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _attributes(told: dict[str, Any]) -> str:
    return "".join(f" {name}={_quote(_plain(value))}" for name, value in told.items() if value is not None)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, float) else str(value)


def _quote(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
