"""Read VIA's files as a source."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.dialect import allow_long_cells
from assay.formats.format import Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, free_fields
from assay.formats.json_text import parse, shorten
from assay.formats.label_text import parse_labels, read_label_bytes, to_text
from assay.formats.source import Source
from assay.formats.via.regions import draw
from assay.stopping import stoppable

_LIKELY = ("class", "label", "name", "type", "category", "class_name", "object", "object_name")
_KNOWN = frozenset({"filename", "size", "regions", "file_attributes"})
_NONE = "object"


@dataclass(frozen=True)
class _Image:
    """An image's record: how it is called, its regions with their attributes, and further fields."""

    name: str
    regions: list[Any]
    extra: dict[str, Any]


def is_via(content: Any) -> bool:
    """Tell whether a parsed JSON file is VIA's."""
    if not isinstance(content, dict):
        return False
    images = content.get("_via_img_metadata", content)
    first = next(iter(images.values()), None) if isinstance(images, dict) else None
    return "_via_img_metadata" in content or (isinstance(first, dict) and {"filename", "regions"} <= first.keys())


def is_table(text: str) -> bool:
    """Tell whether a text is a table of VIA's."""
    return {"filename", "region_shape_attributes"} <= set(text.partition("\n")[0].lstrip("#").strip().split(","))


def read_via(reading: Reading) -> Source:
    """Read a project or an export.

    Raises:
        InputError: it cannot be read, is not VIA's, or tells of no image.
    """
    file = reading.labels
    reading.stage("Reading regions", None)
    reading.kept["label"] = reading.options.get("label")
    found = Gathering(reading.append, reading.known)
    data = read_label_bytes(file)
    text, encoding = to_text(data)
    if encoding is not None:
        found.doctor.note("label_file_encoding", f"{file.name}: {encoding}")
    if is_table(text):
        images = _from_table(file, text, found)
    else:
        content = _parse(file, data)
        told = content.get("_via_img_metadata", content)
        images = list(_from_records(told if isinstance(told, dict) else {}, found))
    label = reading.options.get("label") or _choose_label(images)
    for done, image in enumerate(images):
        _take(found, image, label)
        if done % 256 == 0:
            reading.progress(done, len(images))
    if not found.images.ids:
        raise InputError("The file tells of no image.", item=str(file), expected="records with filename", actual="none")
    return found.finish({"via": {"label": label}}, ("labels",))


def _parse(file: Path, data: bytes) -> dict[str, Any]:
    try:
        content, _ = parse_labels(data)
    except ValueError as error:
        raise InputError(
            "The file cannot be read.", item=str(file), expected="JSON or CSV", actual=str(error)[:200]
        ) from error
    if not is_via(content):
        raise InputError(
            "The file is not one of VGG Image Annotator's.",
            item=str(file),
            expected="_via_img_metadata, or records with filename and regions",
            actual=", ".join(map(str, content))[:200] if isinstance(content, dict) else type(content).__name__,
        )
    return dict(content)


def _from_records(records: dict[str, Any], found: Gathering) -> Iterator[_Image]:
    for key, record in records.items():
        name = record.get("filename") if isinstance(record, dict) else None
        if not isinstance(name, str) or not name.strip():
            found.reject("labels", "via_image", f"{key[:100]}: {shorten(record)}", {key: record})
            continue
        regions = record.get("regions")
        regions = list(regions.values()) if isinstance(regions, dict) else regions  # as VIA 1 has them
        attributes = record.get("file_attributes")
        extra = free_fields(record, _KNOWN, ("id", "file_name", "width", "height"))
        if isinstance(attributes, dict) and attributes:
            extra["attributes"] = attributes
        yield _Image(name.strip(), regions if isinstance(regions, list) else [], extra)


def _from_table(file: Path, text: str, found: Gathering) -> list[_Image]:
    allow_long_cells()
    rows = csv.DictReader(io.StringIO(text.lstrip("#"), newline=""), restkey="")
    images: dict[str, _Image] = {}
    for number, row in enumerate(stoppable(_each_row(rows, file)), start=2):
        name = (row.get("filename") or "").strip()
        try:
            told = [_cell(row, key) for key in ("region_shape_attributes", "region_attributes", "file_attributes")]
        except (ValueError, RecursionError) as error:
            found.reject("labels", "via_row", f"row {number}: {error}"[:300], {str(k): v for k, v in row.items()})
            continue
        if not name:
            found.reject("labels", "via_image", f"row {number}: no filename", {str(k): v for k, v in row.items()})
            continue
        shape, attributes, of_file = told
        image = images.setdefault(name, _Image(name, [], {"attributes": of_file} if of_file else {}))
        if shape:
            image.regions.append({"shape_attributes": shape, "region_attributes": attributes})
    return list(images.values())


def _each_row(rows: csv.DictReader[str], file: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from rows
    except csv.Error as error:
        raise InputError(
            "The table cannot be read.", item=f"{file}:{rows.line_num}"[-300:], expected="CSV", actual=str(error)[:200]
        ) from error


def _cell(row: dict[str, Any], key: str) -> dict[str, Any]:
    text = (row.get(key) or "").strip()
    value = parse(text.encode()) if text else {}
    if not isinstance(value, dict):
        raise ValueError(f"expected {key} as a JSON object, found {text[:60]!r}")  # noqa: TRY004 - of a file's text
    return value


def _choose_label(images: list[_Image]) -> str | None:
    """Return the attribute that names classes: one that is called so, else that which most regions have."""
    counts: Counter[str] = Counter()
    for image in stoppable(images):
        for region in stoppable(image.regions):
            attributes = region.get("region_attributes") if isinstance(region, dict) else None
            counts.update(attributes.keys() if isinstance(attributes, dict) else ())
    likely = [name for wanted in _LIKELY for name in counts if name.lower() == wanted]
    return likely[0] if likely else max(counts, key=lambda name: counts[name], default=None)


def _take(found: Gathering, image: _Image, label: str | None) -> None:
    at = found.place_of(image.name)
    if at is None:
        at = found.add_image(image.name, extra=image.extra)
    else:
        found.doctor.note("via_same_image", image.name[:200])
    for number, region in enumerate(image.regions):
        where = f"{image.name[:200]}, region {number}"
        try:
            drawn = draw(region.get("shape_attributes") if isinstance(region, dict) else None)
        except RecordFault as fault:
            found.reject("labels", fault.reason, f"{where}: {fault}"[:300], {"filename": image.name, "region": region})
            continue
        attributes = region.get("region_attributes")
        attributes = dict(attributes) if isinstance(attributes, dict) else {}
        names = _names(attributes.pop(label, None)) if label is not None else []
        if not names:
            found.doctor.note("via_without_class", where)
        extra = drawn.extra | ({"attributes": attributes} if attributes else {})
        for name in names or [_NONE]:
            found.add(
                Thing(
                    at,
                    found.class_place(name),
                    found.number(at),
                    drawn.box,
                    drawn.segmentation,
                    drawn.keypoints,
                    extra,
                )
            )


def _names(value: Any) -> list[str]:
    """Return the classes that an attribute's value names: one, or of ticked boxes each."""
    if isinstance(value, dict):
        return [str(name) for name, ticked in value.items() if ticked is True or ticked == "true"]
    return [str(value).strip()] if isinstance(value, str | int | float) and str(value).strip() else []
