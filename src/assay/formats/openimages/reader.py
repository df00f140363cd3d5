"""Read a table of Open Images as a source."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.dialect import read_decimal, sniff
from assay.formats.format import Reading
from assay.formats.gathering import Gathering, RecordFault, Thing, read_shown_size
from assay.formats.openimages.rows import (
    Columns,
    find_columns,
    find_names,
    read_fields,
    read_names,
    read_shares,
    split_of,
)
from assay.formats.pictures import find_pictures, relative_name
from assay.formats.source import Source
from assay.formats.table import Row, Table

_ENDING = ".jpg"  # of a picture that is missing
_ABSENT = "absent_labels"


def read_openimages(reading: Reading) -> Source:
    """Read a table of boxes, or of labels of images.

    Raises:
        InputError: it cannot be read, is none of Open Images', or names no image.
    """
    reading.stage("Reading the table", None)
    given = reading.options.get("classes")
    reading.kept["classes"] = given
    names_file = Path(given) if given else find_names(reading.labels)
    names = {} if names_file is None else read_names(names_file)
    table = Table(reading.labels, sniff(reading.labels))
    columns = find_columns(table)
    reader = _Reader(reading, columns, names)
    reader.add_images(table)
    for row in table.rows():
        reader.take(row, table.header)
        if row.position % 4_096 == 0:
            reading.progress(row.position, None)
    return reader.found.finish({}, ["labels"])


class _Reader:
    def __init__(self, reading: Reading, columns: Columns, names: dict[str, str]) -> None:
        self.found = Gathering(reading.append, reading.known)
        self._reading, self._columns, self._names = reading, columns, names
        self._place: dict[str, int] = {}
        self._absent: dict[int, list[str]] = {}

    def add_images(self, table: Table) -> None:
        """Add the images of all rows, called as their pictures are.

        Raises:
            InputError: there is none.
        """
        ids = list(dict.fromkeys(row.cells[self._columns.image] for row in table.rows()))
        ids = [each for each in ids if each]
        if not ids:
            raise InputError(
                "The table names no image.", item=str(table.path), expected="rows with an ImageID", actual="none"
            )
        root, split = self._reading.images, split_of(table.path)
        for id_, picture in zip(ids, find_pictures(root, ids), strict=True):
            size = None if picture is None else read_shown_size(picture)
            width, height = size or (None, None)
            name = f"{id_}{_ENDING}" if picture is None else relative_name(picture, root)
            extra = {"ImageID": id_} | ({} if split is None else {"split": split})
            self._place[id_] = self.found.add_image(name, width=width, height=height, extra=extra)

    def take(self, row: Row, header: list[str]) -> None:
        """Read a row, or keep it with the reason why it cannot be used."""
        try:
            self._add(row)
        except RecordFault as fault:
            record = dict(zip(header, row.cells, strict=True)) | ({"": row.surplus} if row.surplus else {})
            self.found.reject("labels", fault.reason, f"{row.place}: {fault}".rstrip(": "), record)

    def _add(self, row: Row) -> None:
        columns, cells, found = self._columns, row.cells, self.found
        if row.surplus:
            raise RecordFault("row_too_long", row.describe_surplus())
        image = self._place.get(cells[columns.image])
        if image is None or not cells[columns.label]:
            raise RecordFault("openimages_incomplete", "no ImageID" if image is None else "no LabelName")
        class_ = self._class_of(cells[columns.label])
        extra = read_fields(cells, columns)
        sure = read_decimal(cells[columns.confidence]) if columns.confidence >= 0 else None
        if sure is not None:
            extra["Confidence"] = int(sure) if sure.is_integer() else sure
        if not columns.box and sure == 0:  # people have looked, and it is not there
            self._note_absent(image, class_)
            return
        box = self._box(image, cells) if columns.box else None
        if "MaskPath" in extra:
            found.doctor.note("openimages_mask", f"{row.place}: {extra['MaskPath']}"[:200])
        crowd = extra.get("IsGroupOf") == 1
        found.add(Thing(image, found.class_place(class_), found.number(image), box, extra=extra, crowd=crowd))

    def _class_of(self, code: str) -> str:
        name = self._names.get(code)
        if name is None and code.startswith("/m/"):
            self.found.doctor.note("openimages_class_without_name", code[:100])
        return name or code

    def _note_absent(self, image: int, class_: str) -> None:
        extras = self.found.images.extras.setdefault(image, {})
        extras.setdefault(_ABSENT, []).append(class_)

    def _box(self, image: int, cells: list[str]) -> list[float]:
        left, top, right, bottom = read_shares(cells, self._columns)
        width, height = self.found.images.width[image], self.found.images.height[image]
        if width is None or height is None:
            raise RecordFault("openimages_size_unknown", f"{self.found.images.file_name[image]}: it cannot be read")
        return [left * width, top * height, (right - left) * width, (bottom - top) * height]
