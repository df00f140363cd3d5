"""Write a project as a Pascal VOC dataset: annotations, pictures, masks, lists, labelmap.txt; or a set's results."""

from __future__ import annotations

import re
from collections import defaultdict
from html import escape
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from assay.formats.format import Writing
from assay.formats.json_text import load
from assay.formats.voc.boxes import SIDES, Convention, to_sides
from assay.formats.voc.masks import colour_map
from assay.formats.voc.painting import Painting, write_png
from assay.formats.writing.contents import Batch, Contents, Image
from assay.formats.writing.names import make_names, safe_part
from assay.formats.writing.outlines import enclosing_box
from assay.formats.writing.output import FolderOutput
from assay.project.geometry import Shape

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_NAME = re.compile(r"^[^A-Za-z_]|[^A-Za-z0-9_.-]")
_FLAGS = ("truncated", "difficult", "occluded")
_OWN = frozenset((*_FLAGS, "pose", "parts", "attributes", "rotation", "score", "confidence"))
_OUTLINES = (Shape.POLYGON, Shape.MASK, Shape.POLYLINE)
_OF_IMAGE = frozenset(("folder", "source", "owner", "segmented", "depth", "split"))


def write_voc(writing: Writing) -> dict[str, Any]:
    """Write a dataset, or the boxes of a prediction set as text files, one a class."""
    contents = writing.contents(by_stem=True)
    is_predicted = writing.selection.prediction_set is not None
    writing.stage("Writing labels", len(contents.images))
    with writing.open_folder() as output:
        if is_predicted:
            _write_results(writing, contents, output)
        else:
            segmented = _write_annotations(writing, contents, output)
            _write_lists(contents, output, segmented)
    return contents.result()


def _write_annotations(writing: Writing, contents: Contents, output: FolderOutput) -> set[str]:
    """Write an XML file an image, and the masks of those that have outlines; return the latter's names."""
    convention, segmented = _convention(writing), set[str]()
    for batch in contents.batches():
        for _, image, places in batch.per_image():
            objects = list[str]()
            painting = Painting(contents, image.width, image.height)
            for at in places:
                if text := _object(contents, batch, at, convention):
                    objects.append(text)
                    painting.add(batch.objects, at, len(objects), int(batch.objects.class_[at]) + 1)
            name = str(PurePosixPath(image.name).with_suffix(""))
            if painting.numbers is not None and painting.classes is not None:
                segmented.add(name)
                output.write(f"SegmentationObject/{name}.png", write_png(painting.numbers))
                output.write(f"SegmentationClass/{name}.png", write_png(painting.classes))
            text = _annotation(image, "".join(objects), is_segmented=name in segmented)
            output.write(f"Annotations/{name}.xml", text.encode())
            contents.place_picture(output, image, f"JPEGImages/{image.name}", writing.placement)
            contents.lost["image_fields"] += bool(image.extra.keys() - _OF_IMAGE)
        writing.progress(batch.first + len(batch.images), None)
    contents.count_supercategories()
    if _has_own_ids(writing):
        contents.lost["image_ids"] += len(contents.images)
        contents.lost["annotation_ids"] += contents.annotations
    return segmented


def _write_lists(contents: Contents, output: FolderOutput, segmented: set[str]) -> None:
    splits: dict[str, list[str]] = defaultdict(list)
    titles: dict[str, str] = {}  # names that differ in capitals alone are one file on some systems
    for image in contents.images:
        stem = str(PurePosixPath(image.name).with_suffix(""))
        title = "trainval" if image.split is None else safe_part(image.split)
        splits[titles.setdefault(title.casefold(), title)].append(stem)
    for split, names in splits.items():
        output.write(f"ImageSets/Main/{split}.txt", "".join(f"{name}\n" for name in names).encode())
        if masked := [name for name in names if name in segmented]:
            output.write(f"ImageSets/Segmentation/{split}.txt", "".join(f"{name}\n" for name in masked).encode())
        contents.lost["splits_of_other_names"] += len(names) if split not in ("train", "val", "test", "trainval") else 0
    colours = colour_map()
    lines = ["# label:color_rgb:parts:actions\n", "background:0,0,0::\n"]
    for at, name in enumerate(contents.class_names, start=1):
        lines.append(f"{_clean(name)}:{','.join(map(str, colours[at % 255].tolist()))}::\n")
    output.write("labelmap.txt", "".join(lines).encode())


def _write_results(writing: Writing, contents: Contents, output: FolderOutput) -> None:
    lines: dict[int, list[str]] = defaultdict(list)
    for batch in contents.batches():
        for _, image, places in batch.per_image():
            for at in places:
                box = _box(contents, batch, at)
                if box is not None:
                    sides = " ".join(map(_text, to_sides(box, "pixels")))
                    name = PurePosixPath(image.name).with_suffix("")
                    score = float(batch.details.score[at])
                    lines[int(batch.objects.class_[at])].append(f"{name} {score!r} {sides}\n")
                    _count_keypoints(contents, batch, at)
                    contents.lost["outlines_as_boxes"] += batch.objects.shape[at] in _OUTLINES
        writing.progress(batch.first + len(batch.images), None)
    titles, _ = make_names((safe_part(contents.class_names[class_]) for class_ in sorted(lines)), by_stem=False)
    for class_, title in zip(sorted(lines), titles, strict=True):
        contents.lost["class_names_changed"] += title != contents.class_names[class_]
        output.write(f"comp3_det_test_{title}.txt", "".join(lines[class_]).encode())


def _convention(writing: Writing) -> Convention:
    """Return how sides are written: as in the sources where all were read as edges, else as VOC has them."""
    with writing.store.read() as cursor:
        rows = cursor.execute(
            "SELECT header FROM source WHERE list_contains(?, source)", [writing.selection.sources]
        ).fetchall()
    told = [load(header).get("voc") for (header,) in rows]
    return (
        "edges" if told and all(isinstance(each, dict) and each.get("boxes") == "edges" for each in told) else "pixels"
    )


def _has_own_ids(writing: Writing) -> bool:
    with writing.store.read() as cursor:
        kinds = {kind for (kind,) in cursor.execute("SELECT kind FROM source").fetchall()}
    return bool(kinds - {"voc", "yolo", "folder"})


def _annotation(image: Image, objects: str, *, is_segmented: bool) -> str:
    extra = image.extra
    source = extra.get("source")
    parts = [
        _element("folder", extra.get("folder", "JPEGImages")),
        _element("filename", PurePosixPath(image.name).name),
        _element("source", source if isinstance(source, dict) else {"database": source or "Unknown"}),
        _element("owner", extra["owner"]) if "owner" in extra else "",
        _element("size", {"width": image.width or 0, "height": image.height or 0, "depth": extra.get("depth", 3)}),
        _element("segmented", 1 if is_segmented else extra.get("segmented", 0)),
        objects,
    ]
    return f"<annotation>\n{''.join(parts)}</annotation>\n"


def _box(contents: Contents, batch: Batch, at: int) -> list[float] | None:
    """Return the box of an object; None, and count why, where it has none."""
    box = enclosing_box(batch.objects, at)
    if np.isnan(box).any():
        contents.lost["image_labels" if batch.objects.shape[at] == Shape.LABEL else "no_shape"] += 1
        return None
    if (box[2:] < 0).any():
        contents.lost["boxes_of_negative_size"] += 1
        return None
    contents.annotations += 1
    return [float(side) for side in box]


def _object(contents: Contents, batch: Batch, at: int, convention: Convention) -> str:
    box = _box(contents, batch, at)
    if box is None:
        return ""
    _count_keypoints(contents, batch, at)
    extra = batch.details.extra[at]
    told = extra.get("attributes")
    attributes = dict(told) if isinstance(told, dict) else {}
    attributes |= {key: value for key, value in extra.items() if key not in _OWN}
    flags = {key: extra.get(key, attributes.pop(key, 0)) for key in _FLAGS}
    rotation = batch.objects.rotation[at]
    if not np.isnan(rotation):
        attributes["rotation"] = float(rotation)
    score = batch.details.score[at]
    said = {key: value for key, value in attributes.items() if isinstance(value, str | int | float)}
    contents.lost["annotation_fields"] += len(said) < len(attributes)
    contents.lost["crowd_flags"] += bool(batch.objects.crowd[at])
    fields: dict[str, Any] = {
        "name": contents.class_names[batch.objects.class_[at]],
        "pose": extra.get("pose", "Unspecified"),
        **{key: int(value) if isinstance(value, bool | int | float) else value for key, value in flags.items()},
        "bndbox": dict(zip(SIDES, to_sides(box, convention), strict=True)),
    }
    if not np.isnan(score):
        fields["confidence"] = float(score)
    if said:
        fields["attributes"] = {"attribute": [{"name": key, "value": value} for key, value in said.items()]}
    parts = extra.get("parts")
    if isinstance(parts, list):
        fields["part"] = parts
    return _element("object", fields)


def _count_keypoints(contents: Contents, batch: Batch, at: int) -> None:
    first, last = batch.objects.keypoint_offsets[at : at + 2]
    contents.lost["keypoints"] += bool(first < last)


def _element(tag: str, value: Any, indent: int = 1) -> str:
    """Return an element of a text, a number, or an object of elements; of a list one for each."""
    if isinstance(value, list):
        return "".join(_element(tag, each, indent) for each in value)
    space = "\t" * indent
    if isinstance(value, dict):
        inner = "".join(_element(_NOT_NAME.sub("_", str(key)), each, indent + 1) for key, each in value.items())
        return f"{space}<{tag}>\n{inner}{space}</{tag}>\n"
    return f"{space}<{tag}>{escape(_text(value), quote=False)}</{tag}>\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    return "" if value is None else _clean(str(value))


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
