"""Which columns of a table say what: guessed from their names, or from the cells where they have none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from assay.errors import InputError
from assay.formats.dialect import PLAIN, Dialect, read_decimal, sniff
from assay.formats.parquet_table import is_parquet, open_table
from assay.formats.table import Table
from assay.media.files import IMAGE_EXTENSIONS

Form = Literal["xyxy", "xywh", "cxcywh", "vertices"]
Units = Literal["pixels", "shares"]

PATHS = (
    "filename", "filepath", "path", "imagepath", "imgpath", "imagefile", "imagename", "image", "img", "file",
    "imageuri", "imageurl", "gcsfilepath", "uri", "url",
)  # fmt: skip
LABELS = (
    "label", "class", "classname", "category", "categoryname", "labelname", "objectclass", "objectname", "species",
    "name", "displayname", "classid", "categoryid", "labelid",
)  # fmt: skip
IMAGE_IDS = ("imageid", "imgid")
_LEFT = ("xmin", "x0", "x1", "left", "xtl", "minx", "bboxxmin", "bboxx1", "bboxleft", "bbleft", "boxxmin", "startx")
_TOP = ("ymin", "y0", "y1", "top", "ytl", "miny", "bboxymin", "bboxy1", "bboxtop", "bbtop", "boxymin", "starty")
_RIGHT = ("xmax", "x2", "right", "xbr", "maxx", "x1", "bboxxmax", "bboxx2", "bboxright", "bbright", "boxxmax", "endx")
_BOTTOM = (
    "ymax",
    "y2",
    "bottom",
    "ybr",
    "maxy",
    "y1",
    "bboxymax",
    "bboxy2",
    "bboxbottom",
    "bbbottom",
    "boxymax",
    "endy",
)
_X, _Y = ("x", "bboxx", "boxx", *_LEFT), ("y", "bboxy", "boxy", *_TOP)
_WIDTH = ("width", "w", "bboxwidth", "bboxw", "bbwidth", "boxwidth", "boxw")
_HEIGHT = ("height", "h", "bboxheight", "bboxh", "bbheight", "boxheight", "boxh")
_CX = ("cx", "xcenter", "centerx", "xcentre", "xc", "bboxcx", "bboxxcenter")
_CY = ("cy", "ycenter", "centery", "ycentre", "yc", "bboxcy", "bboxycenter")
_FORMS: tuple[tuple[Form, tuple[tuple[str, ...], ...]], ...] = (
    ("cxcywh", (_CX, _CY, _WIDTH, _HEIGHT)),
    ("xyxy", (_LEFT, _TOP, _RIGHT, _BOTTOM)),
    ("xywh", (_X, _Y, _WIDTH, _HEIGHT)),
)
_BOXES = ("bbox", "box", "boundingbox")
_IMAGE_WIDTH, _IMAGE_HEIGHT = (
    ("imagewidth", "imgwidth", "imagew", "imgw"),
    ("imageheight", "imgheight", "imageh", "imgh"),
)
_OTHERS = {
    "split": ("split", "subset", "set", "usage"),
    "score": ("score", "confidence", "conf", "probability"),
    "object_id": ("annotationid", "annid", "objectid", "boxid"),
    "crowd": ("crowd", "iscrowd"),
    "area": ("area",),
    "rotation": ("rotation",),
    "segmentation": ("segmentation",),
    "keypoints": ("keypoints",),
}
_SETS = {"train": "train", "training": "train", "validate": "val", "validation": "val", "val": "val", "test": "test"}
_CORNERS = ("x1", "y1", "x2", "y2")
_VERTICES = (*_CORNERS, "x3", "y3", "x4", "y4")
_SAMPLE = 50


@dataclass(frozen=True)
class Asked:
    """What was said of a table's columns; None for what is to be guessed.

    Attributes:
        path, label, id: Columns.
        box: Four columns, or one that holds four numbers; empty where there are to be no boxes.
        form: What the four numbers are.
        units: Whether they are pixels or shares of the image's size.
        names: What the columns are called, of a table without a header.
    """

    path: str | None = None
    label: str | None = None
    id: str | None = None
    box: tuple[str, ...] | None = None
    form: Form | None = None
    units: Units | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A table's columns by their places, -1 where there is none.

    Attributes:
        dialect: How the file is written.
        names: Columns' names, of a table without a header; else empty.
        header: Columns' names.
        path: The image's path; where there is none its id stands for it.
        label: The class.
        box: Places of the box's numbers: four, eight of vertices, one that holds four; empty for labels of images.
        form: What the numbers are.
        units: Of the numbers; None where the numbers have to tell.
        id: The image's id.
        width, height: The image's size.
        others: Places of further columns that have a meaning, by it.
    """

    dialect: Dialect
    names: tuple[str, ...]
    header: tuple[str, ...]
    path: int
    label: int
    box: tuple[int, ...] = ()
    form: Form = "xyxy"
    units: Units | None = None
    id: int = -1
    width: int = -1
    height: int = -1
    others: dict[str, int] = field(default_factory=dict)

    def open(self, file: Path) -> Table:
        """Return the table."""
        return open_table(file, self.dialect, self.names)

    def describe(self) -> dict[str, Any]:
        """Return what was read as what, for people and for a refresh."""
        own = {"path": self.path, "label": self.label, "id": self.id, "width": self.width, "height": self.height}
        told: dict[str, Any] = {"as": "objects" if self.box else "labels"}
        told["columns"] = {key: self.header[at] for key, at in (own | self.others).items() if at >= 0}
        if self.box:
            told |= {"box": [self.header[at] for at in self.box], "box_format": self.form, "units": self.units}
        return told | {"delimiter": self.dialect.delimiter, "header": not self.names}


def find_layout(file: Path, asked: Asked) -> Layout:
    """Return which columns of a table say what.

    Raises:
        InputError: it cannot be read, lacks a column that was named, or it cannot be told which column names images or
            classes.
    """
    has_types = is_parquet(file)
    dialect = PLAIN if has_types else sniff(file)
    names = () if has_types else asked.names or _name_columns(file, dialect)
    table = open_table(file, dialect, names)
    rows = [row.cells for row in islice(table.rows(), _SAMPLE)]
    header = table.header
    plain = [_plain(name) for name in header]
    taken: set[int] = set()

    def find(wanted: str | None, meaning: str, likely: Sequence[str]) -> int:
        at = table.find(wanted, meaning) if wanted else _first(plain, likely, taken)
        taken.add(at)
        return at

    id_ = find(asked.id, "ids of images", IMAGE_IDS)
    path = find(asked.path, "paths of images", PATHS)
    box, form = _find_box(table, plain, rows, asked, taken)
    label = find(asked.label, "labels", LABELS)
    if (path < 0 and id_ < 0) or label < 0:
        raise _unclear(file, header, "an image" if path < 0 and id_ < 0 else "a class")
    found = Layout(dialect, tuple(names), tuple(header), path, label, box, asked.form or form, asked.units, id_)
    if path in (-1, id_) and not box:
        return replace(found, path=id_, id=-1)
    if not box:
        return found
    width = find(None, "", (*_IMAGE_WIDTH, "width"))
    height = find(None, "", (*_IMAGE_HEIGHT, "height"))
    others = {key: find(None, "", likely) for key, likely in _OTHERS.items()}
    return replace(found, width=width, height=height, others={key: at for key, at in others.items() if at >= 0})


def split_of(cell: str, *, has_header: bool) -> str | None:
    """Return the split that a cell names; of a table without a header by the words of Google's AutoML."""
    return (cell or None) if has_header else _SETS.get(cell.lower())


def four_numbers(cell: str) -> list[str] | None:
    """Return the four numbers of a cell as text: ``[1, 2, 3, 4]``, or without brackets or commas; None of others."""
    parts = re.split(r"[\s,;]+", cell.strip().strip("[](){}").strip())
    return parts if len(parts) == 4 and all(read_decimal(each) is not None for each in parts) else None


def _plain(name: str) -> str:
    """Return a column's name in small letters and digits; nothing of one that says itself to be a free field."""
    return "" if name.startswith(("meta.", "attr.")) else re.sub(r"[^a-z0-9]", "", name.lower())


def _first(plain: list[str], likely: Sequence[str], taken: set[int]) -> int:
    found = (at for name in likely for at, each in enumerate(plain) if each == name and at not in taken)
    return next(found, -1)


def _find_box(
    table: Table, plain: list[str], rows: list[list[str]], asked: Asked, taken: set[int]
) -> tuple[tuple[int, ...], Form]:
    """Return the columns of boxes, which are then taken, and what their numbers are."""
    if asked.box is not None:
        box = tuple(table.find(name, "boxes") for name in asked.box)
        taken.update(box)
        return box, _form_of([plain[at] for at in box]) if len(box) == 4 else "xywh"
    for form, sides in (("vertices", tuple((name,) for name in _VERTICES)), *_FORMS):
        own = set(taken)
        box = ()
        for likely in sides:
            at = _first(plain, likely, own)
            own.add(at)
            box = (*box, at)
        if min(box) >= 0:
            taken.update(box)
            return box, form
    at = _first(plain, _BOXES, taken)
    cells = [row[at] for row in rows if row[at]] if at >= 0 else []
    if cells and all(four_numbers(cell) for cell in cells):
        taken.add(at)
        return (at,), "xywh"
    return (), "xyxy"


def _form_of(names: list[str]) -> Form:
    """Return what four columns are that were named, by their names."""
    found = (form for form, sides in _FORMS if all(name in likely for name, likely in zip(names, sides, strict=True)))
    return next(found, "xyxy")


def _name_columns(file: Path, dialect: Dialect) -> tuple[str, ...]:
    """Return names for the columns of a table without a header; nothing where it has one."""
    lines = [row for row in _first_lines(file, dialect) if any(row)]
    if not lines or not any(_is_picture(cell) or read_decimal(cell) is not None for cell in lines[0]):
        return ()
    width = max(map(len, lines))
    numbers = [
        all(read_decimal(row[at]) is not None for row in lines if at < len(row) and row[at]) for at in range(width)
    ]
    filled = [any(at < len(row) and row[at] for row in lines) for at in range(width)]
    first = 1 if width > 1 and all(len(row) > 1 and _is_picture(row[1]) for row in lines) else 0
    if not all(len(row) > first and row[first] for row in lines):
        return ()
    names = ["set"] if first else []
    rest = width - first
    of_numbers = [numbers[at] and filled[at] for at in range(first, width)]
    if rest >= 6 and all(of_numbers[1:5]):
        names += ["path", *_CORNERS, "class"]
    elif rest >= 6 and all(of_numbers[2:4]):
        is_corners = rest < 10 and all(of_numbers[2:6])
        names += ["path", "label", *(_CORNERS if is_corners else _VERTICES)]
    elif rest >= 2:
        names += ["path", "label"]
    if first < len(names) < width and names[-1] in ("class", "y2") and of_numbers[len(names) - first]:
        names.append("score")
    return tuple(names + [f"column_{at + 1}" for at in range(len(names), width)])


def _first_lines(file: Path, dialect: Dialect) -> list[list[str]]:
    numbered = [str(at) for at in range(1_000)]
    return [_cut(row.cells) for row in islice(Table(file, dialect, numbered).rows(), _SAMPLE)]


def _cut(cells: list[str]) -> list[str]:
    last = max((at for at, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _is_picture(cell: str) -> bool:
    return cell.lower().endswith(IMAGE_EXTENSIONS)


def _unclear(file: Path, header: list[str], what: str) -> InputError:
    named = ", ".join(name for name in header if name)
    return InputError(
        f"It cannot be told which column of the table names {what}.",
        item=str(file)[-200:],
        expected="a column such as filename or path, and one such as class or label",
        actual=named[:300],
        hint="Name them: --path-column, --label-column; of a table without a header, all of them: --columns",
    )
