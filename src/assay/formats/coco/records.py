"""A COCO file's images and categories as columns, and what stands in for names that they lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from assay.formats.doctor import Doctor
from assay.formats.fields import CATEGORY_FIELDS, IMAGE_FIELDS, describe_fields, is_id
from assay.formats.json_text import shorten, verbatim
from assay.formats.rejected import Rejected, RejectedRecords
from assay.formats.source import CategoryColumns, ImageColumns
from assay.project.typed import storable

_MAX_SIZE = 2**31 - 1
_URL_KEYS = ("coco_url", "url", "image_url", "flickr_url")  # the last one's names are another site's


class ImageRecords(ImageColumns):
    """The file's images, accepted ones only, in its order."""

    def take(self, position: int, record: Any, doctor: Doctor) -> Rejected | None:
        """Add a record, or return why it cannot be an image.

        Args:
            position: Its place in the section.
            record: The parsed element.
            doctor: Told of what is odd in a record that is added.
        """
        place = f"images[{position}]"
        if not isinstance(record, dict):
            detail = f"{place}: expected an object, found {shorten(record)}"
            return Rejected("images", position, "not_an_object", detail, verbatim(record))
        extra = {k: v for k, v in record.items() if k not in IMAGE_FIELDS}
        name = record.get("file_name")
        if not isinstance(name, str) or not name.strip():
            if "file_name" in record:
                extra["file_name"] = name
            name = _stand_in_name(record, place, doctor)
            if name is None:
                detail = f"{place}: expected file_name as text, found {shorten(record.get('file_name'))}, and no id"
                return Rejected("images", position, "image_without_file_name", detail, verbatim(record))
        if storable(name) != name:
            extra.setdefault("file_name", name)
            name = storable(name)
        sizes: list[int | None] = []
        for key in ("width", "height"):
            value = record.get(key)
            good = type(value) is int and 0 < value <= _MAX_SIZE
            if not good and isinstance(value, float) and value.is_integer() and 0 < value <= _MAX_SIZE:
                extra[key], good, value = value, True, int(value)
            sizes.append(value if good else None)
            if not good and key in record:
                extra[key] = value
                if value is not None:
                    doctor.note("odd_image_size", f"{name}: {key} {shorten(value)}")
        if record.get("id") is None:
            doctor.note("missing_id", f"{place}: {name}")
        if extra:
            self.extras[len(self.position)] = extra
        self.position.append(position)
        self.ids.append(record.get("id"))
        self.file_name.append(name)
        self.width.append(sizes[0])
        self.height.append(sizes[1])
        self.present.append(describe_fields(tuple(record), IMAGE_FIELDS)[0])
        return None


def _stand_in_name(record: dict[str, Any], place: str, doctor: Doctor) -> str | None:
    """Return what to call an image whose file_name is no text; None where not even an id names it."""
    given = record.get("file_name")
    if isinstance(given, int | float) and not isinstance(given, bool):
        doctor.note("numeric_file_name", f"{place}: {shorten(given)}")
        return storable(shorten(given, 200))
    for key in _URL_KEYS:
        name = name_of_url(record.get(key))
        if name:
            doctor.note("file_name_from_url", f"{place}: {key} {shorten(record[key])}")
            return name
    if not is_id(record.get("id")):
        return None
    doctor.note("unnamed_image", f"{place}: id {shorten(record['id'])}, file_name {shorten(given)}")
    return f"unnamed image {shorten(record['id']).strip(chr(34))}"


def name_of_url(url: Any) -> str | None:
    """Return the path that an URL names below its host, decoded, or None where it names none."""
    if not isinstance(url, str):
        return None
    try:
        path = unquote(urlsplit(url.strip()).path).strip("/")
    except ValueError:
        return None
    return path if path and not path.endswith("/") else None


class CategoryRecords(CategoryColumns):
    """The file's categories, accepted ones only, in its order.

    Args:
        rejected: Takes those that repeat others.
    """

    def __init__(self, rejected: RejectedRecords) -> None:
        super().__init__()
        self._rejected = rejected
        self._rows: dict[tuple[str, str], int] = {}

    def take(self, position: int, record: Any, doctor: Doctor) -> Rejected | None:
        """Add a record, or return why it cannot be a category.

        A record is a repetition where an earlier one has its name and either its id or its supercategory.

        Args:
            position: Its place in the section.
            record: The parsed element.
            doctor: Told of what is odd in a record that is added.
        """
        place = f"categories[{position}]"
        name = _category_name(record, place, doctor) if isinstance(record, dict) else None
        if name is None:
            reason = "category_without_name" if isinstance(record, dict) else "not_an_object"
            detail = f"{place}: expected an object with a name, found {shorten(record)}"
            return Rejected("categories", position, reason, detail, verbatim(record))
        own_id = record.get("id")
        keys = ((name, "id " + verbatim(own_id)), (name, "of " + verbatim(record.get("supercategory"))))
        earlier = next((self._rows[key] for key in keys if key in self._rows), None)
        if earlier is not None:
            detail = f"{place}: {shorten(name)} with id {shorten(own_id)} is category {shorten(self.ids[earlier])}"
            doctor.note("repeated_category", detail)
            self._rejected.add(Rejected("categories", position, "repeated_category", detail, verbatim(record)))
            self.repeated.append(position)
            self.repeated_as.append((own_id, earlier))
            return None
        row = len(self.position)
        for key in keys:
            self._rows[key] = row
        extra = {k: v for k, v in record.items() if k not in CATEGORY_FIELDS}
        parent = record.get("supercategory")
        if "supercategory" in record and (not isinstance(parent, str) or storable(parent) != parent):
            extra["supercategory"], parent = parent, None
        if "name" in record and record["name"] != storable(name):
            extra["name"] = record["name"]
        if extra:
            self.extras[row] = extra
        self.position.append(position)
        self.ids.append(own_id)
        self.name.append(storable(name))
        self.supercategory.append(parent)
        self.present.append(describe_fields(tuple(record), CATEGORY_FIELDS)[0])
        return None

    def id_rows(self) -> Iterator[tuple[Any, int]]:
        """Yield the ids that annotations may name, with their category's row, in the file's order."""
        own = zip(self.position, zip(self.ids, range(len(self.ids)), strict=True), strict=True)
        again = zip(self.repeated, self.repeated_as, strict=True)
        return (pair for _, pair in sorted([*own, *again], key=lambda each: each[0]))


def _category_name(record: dict[str, Any], place: str, doctor: Doctor) -> str | None:
    """Return a category's name, or what to call one whose name is no text; None where not even an id names it."""
    name = record.get("name")
    if isinstance(name, str) and name.strip():
        return name
    if isinstance(name, int | float):
        doctor.note("numeric_category_name", f"{place}: name {shorten(name)}")
        return shorten(name, 200)
    own_id = record.get("id")
    if not is_id(own_id):
        return None
    doctor.note("unnamed_category", f"{place}: id {shorten(own_id)}, name {shorten(name)}")
    return f"category {shorten(own_id, 200).strip(chr(34))}"
