"""Read a table with a row an object as a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.dialect import read_decimal
from assay.formats.fields import ANNOTATION_FIELDS, IMAGE_FIELDS
from assay.formats.format import Reading
from assay.formats.gathering import TAKEN, Gathering, RecordFault, Thing, read_size
from assay.formats.identify import Key
from assay.formats.json_text import parse
from assay.formats.pictures import read_sizes
from assay.formats.source import Source
from assay.formats.table import Row, convert_column
from assay.formats.tables.cells import Marks, read_marks
from assay.formats.tables.columns import Layout, Units, split_of

NO_CLASS = "object"
_MOST_SHARE = 1.5  # of an image's side: beyond it numbers are pixels


@dataclass
class TableOfObjects:
    """What a table says.

    Attributes:
        source: The images and their objects.
        keys: For each image the id and the file name that the table gives, or None.
        units: What boxes were read as.
    """

    source: Source
    keys: list[Key]
    units: Units


def read_objects(reading: Reading, layout: Layout, *, scaled: bool = True) -> TableOfObjects:
    """Read a table of objects; rows without a box are labels of their images, or images without objects.

    Args:
        reading: The table and where pictures are.
        layout: Its columns.
        scaled: Whether shares of an image's size become pixels; else they stay, for who knows the sizes.

    Raises:
        InputError: the table cannot be read, or names no image.
    """
    reading.stage("Reading the table", None)
    units = layout.units or _find_units(reading.labels, layout)
    reader = _Reader(reading, layout, units, scaled=scaled)
    for row in layout.open(reading.labels).rows():
        reader.take(row)
        if row.position % 4_096 == 0:
            reading.progress(row.position, None)
    return TableOfObjects(reader.finish(), reader.keys, units)


def _find_units(file: Path, layout: Layout) -> Units:
    """Return shares where no number of a box is greater than an image's side could be told by one, and one is there."""
    has_any = False
    for row in layout.open(file).rows():
        try:
            box = read_marks(row.cells, layout).box
        except RecordFault:
            continue
        if box is not None:
            has_any = True
            if max(box[0] + box[2], box[1] + box[3]) > _MOST_SHARE:
                return "pixels"
    return "shares" if has_any else "pixels"


@dataclass
class _Fields:
    """Cells of columns without a meaning here, by the place of their image or object."""

    names: dict[int, str] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def add(self, place: int, cells: list[str]) -> None:
        """Keep a row's cells."""
        if self.names:
            self.places.append(place)
            self.rows.append([cells[at] for at in self.names])

    def fill(self, extras: dict[int, dict[str, Any]]) -> None:
        """Write the values into the further fields of images or objects."""
        for at, name in enumerate(self.names.values()):
            column = convert_column([row[at] for row in self.rows])
            for place, value in zip(self.places, column, strict=True):
                if value is not None:
                    extras.setdefault(place, {})[name] = _open(value)


class _Reader:
    def __init__(self, reading: Reading, layout: Layout, units: Units, *, scaled: bool) -> None:
        self._reading, self._layout = reading, layout
        self._found = Gathering(reading.append, reading.known)
        self._has_header = not layout.names
        self._sizes: dict[str, tuple[int, int] | None] | None = None
        self._is_scaled = scaled and units == "shares"
        own = {layout.path, layout.label, layout.id, layout.width, layout.height, *layout.box, *layout.others.values()}
        free = {at: name for at, name in enumerate(layout.header) if name and at not in own}
        self._of_images = _Fields(
            {at: _name(each, "meta.", IMAGE_FIELDS) for at, each in free.items() if _is_meta(each)}
        )
        self._of_objects = _Fields(
            {at: _name(each, "attr.", ANNOTATION_FIELDS) for at, each in free.items() if not _is_meta(each)}
        )
        self._ids: set[Any] = set()
        self._objects = 0
        self.keys: list[Key] = []

    def take(self, row: Row) -> None:
        """Read a row, or keep it with the reason why it cannot be used."""
        layout, cells = self._layout, row.cells
        own_id = cells[layout.id] if layout.id >= 0 else ""
        name = cells[layout.path] if layout.path >= 0 else own_id
        try:
            _check(row, name)
            self._object(self._image(name, own_id, cells), name, row)
        except RecordFault as fault:
            record = dict(zip(layout.header, cells, strict=True)) | ({"": row.surplus} if row.surplus else {})
            self._found.reject("labels", fault.reason, f"{row.place}: {fault}".rstrip(": "), record)

    def _image(self, name: str, own_id: str, cells: list[str]) -> int:
        layout = self._layout
        at = self._found.place_of(name)
        if at is not None:
            return at
        split = (
            split_of(cells[layout.others["split"]], has_header=self._has_header) if "split" in layout.others else None
        )
        id_ = _read_id(own_id) if own_id else None
        if layout.id >= 0 and not own_id:
            raise InputError(
                "An image has no id.",
                item=name[:200],
                expected=f"an id in the column {layout.header[layout.id]} of every image",
                actual="an empty cell",
            )
        if own_id and id_ in self._ids:
            self._found.doctor.note("duplicate_image_id", f"image {own_id[:100]}")
        self._ids.add(id_)
        at = self._found.add_image(
            name,
            id_=id_,
            width=_side(cells, layout.width),
            height=_side(cells, layout.height),
            extra=None if split is None else {"split": split},
        )
        self.keys.append((own_id or None, name if layout.path >= 0 else None))
        self._of_images.add(at, cells)
        return at

    def _object(self, image: int, name: str, row: Row) -> None:
        layout, cells = self._layout, row.cells
        marks = read_marks(cells, layout)
        class_ = cells[layout.label]
        if marks.is_empty and not class_:
            return
        if not class_:
            self._found.doctor.note("csv_without_class", f"{row.place}: {name}"[:200])
        box = self._to_pixels(image, name, marks)
        extra: dict[str, Any] = {} if marks.rotation is None else {"rotation": marks.rotation}
        if "score" in layout.others and (told := cells[layout.others["score"]]):
            score = read_decimal(told)
            extra["score"] = told if score is None else score
        thing = Thing(
            image, self._found.class_place(class_ or NO_CLASS), self._id_of(image, cells), box, marks.segmentation,
            marks.keypoints, extra, marks.area, marks.crowd,
        )  # fmt: skip
        self._found.add(thing)
        self._of_objects.add(self._objects, cells)
        self._objects += 1

    def _to_pixels(self, image: int, name: str, marks: Marks) -> list[float] | None:
        if marks.box is None or not self._is_scaled:
            return marks.box
        images = self._found.images
        size = (images.width[image], images.height[image])
        if None in size:
            size = self._all_sizes().get(name) or (None, None)
            images.width[image], images.height[image] = size
        width, height = size
        if width is None or height is None:
            raise RecordFault("csv_size_unknown", f"{name[:200]}: shares of an unknown size")
        x, y, w, h = marks.box
        return [x * width, y * height, w * width, h * height]

    def _all_sizes(self) -> Mapping[str, tuple[int, int] | None]:
        """Return the sizes of the pictures of all rows, whose headers are read once."""
        if self._sizes is None:
            at = self._layout.path if self._layout.path >= 0 else self._layout.id
            rows = self._layout.open(self._reading.labels).rows()
            names = list(dict.fromkeys(row.cells[at] for row in rows if row.cells[at]))
            self._sizes = dict(zip(names, read_sizes(self._reading.images, names), strict=True))
        return self._sizes

    def _id_of(self, image: int, cells: list[str]) -> Any:
        """Return an object's own id, else one made of its image's number, else its place in the table."""
        told = cells[self._layout.others["object_id"]] if "object_id" in self._layout.others else ""
        if told:
            return _read_id(told)
        return self._found.number(image) if type(self._found.images.ids[image]) is int else self._objects + 1

    def finish(self) -> Source:
        """Return the source.

        Raises:
            InputError: there is no image.
        """
        if not self._found.images.ids:
            lost = ", ".join(f"{count:,} × {code}" for code, count in self._found.doctor.skipped.items())
            raise InputError(
                "The table names no image.",
                item=str(self._reading.labels),
                expected="rows with a path and a box",
                actual=lost or "no rows",
            )
        source = self._found.finish({}, ["labels"])
        self._of_images.fill(source.images.extras)
        self._of_objects.fill(source.annotation_extras)
        return source


def _check(row: Row, name: str) -> None:
    if row.surplus:
        raise RecordFault("row_too_long", row.describe_surplus())
    if not name:
        raise RecordFault("row_without_path", "")


def _is_meta(name: str) -> bool:
    return name.startswith("meta.") or name == "image_tags"


def _name(name: str, prefix: str, taken: tuple[str, ...]) -> str:
    plain = name.removeprefix(prefix)
    return plain + TAKEN if plain in taken else plain


def _side(cells: list[str], at: int) -> int | None:
    return read_size(cells[at].removesuffix(".0")) if at >= 0 else None


def _read_id(text: str) -> Any:
    """Return an id as a number where it is a whole one, written plainly; else as text."""
    is_whole = text.removeprefix("-").isdecimal() and len(text) < 19 and str(int(text)) == text
    return int(text) if is_whole else text


def _open(value: Any) -> Any:
    """Return a list or object that is written as JSON; other values as they are."""
    if not isinstance(value, str) or value[:1] not in ("[", "{"):
        return value
    try:
        found = parse(value.encode())
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, list | dict) else value
