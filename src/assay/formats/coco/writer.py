"""Write COCO: a whole source as it came in, rejected records included; or any part of a project, sources merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any

from assay.formats.coco.results_writer import write_results
from assay.formats.doctor import Doctor
from assay.formats.fields import ANNOTATION_FIELDS, CATEGORY_FIELDS, IMAGE_FIELDS, present_fields
from assay.formats.format import Writing
from assay.formats.json_text import load, verbatim
from assay.formats.rejected import NOT_KEPT
from assay.formats.writing.selection import DROPPED
from assay.project.coordinates import GeometryReader
from assay.project.segmentation import StoredSegmentation, segmentation_columns
from assay.project.source_ids import read_id
from assay.project.store import Connection

_BATCH = 20_000
_SECTIONS = ("images", "annotations", "categories")


def write_coco(writing: Writing) -> dict[str, Any]:
    """Write a project, or a part of it, as a COCO file, or a prediction set as COCO results.

    One whole source is written equal to the file that it came from, but for formatting. Of parts and of several sources
    records that could not be used are left out; ids are kept where they are free, else numbered anew.

    Returns:
        ``records`` of each section, ``images``, ``annotations`` and what was ``lost``, by reason.

    Raises:
        StorageError: The path lies in the project, behind a symbolic link.
    """
    if writing.selection.prediction_set is not None:
        return write_results(writing)
    writing.stage("Writing the dataset", None)
    with writing.store.read() as cursor:
        return _Writer(writing, cursor).write()


@dataclass
class _Ids:
    """Ids of records of several sources: kept where no earlier source has them, else numbers that nobody has."""

    following: int
    changed: int = 0
    _taken: set[Any] = field(default_factory=set)
    _own: set[Any] = field(default_factory=set)
    _source: int | None = None

    def give(self, source: int, value: Any) -> Any:
        """Return what a record of a source is called."""
        if source != self._source:
            self._taken |= self._own
            self._own, self._source = set(), source
        key = verbatim(value) if isinstance(value, list | dict) else value
        if key is not None and key in self._taken:
            key = value = self.following
            self.following += 1
            self.changed += 1
        self._own.add(key)
        return value


class _Writer:
    """Writes a selection; what a source says of itself alone is kept where nothing else is written."""

    def __init__(self, writing: Writing, cursor: Connection) -> None:
        self._writing = writing
        self._cursor = cursor
        self._selection = selection = writing.selection
        self._sources = selection.sources
        self._is_plain = len(self._sources) == 1 and selection.is_whole and not selection.is_mapped
        self._lost: Counter[str] = Counter()
        self._image_ids: dict[int, Any] = {}  # of images that are called otherwise than in their source
        self._category_ids: dict[int, Any] = {}  # by class row
        self._ids = {section: _Ids(self._next_id(section)) for section in _SECTIONS}

    def _next_id(self, section: str) -> int:
        table = {"images": "image", "annotations": "annotation", "categories": "class_source"}[section]
        [(greatest,)] = self._cursor.execute(f"SELECT coalesce(max(source_id), 0) FROM {table}").fetchall()
        return max(0, int(greatest)) + 1

    def write(self) -> dict[str, Any]:
        """Write everything; return what the job tells."""
        header, sections = self._read_headers()
        categories = list(self._categories())  # first: annotations name them
        makers: dict[str, Callable[[], Iterator[tuple[int, str]]]] = {
            "images": self._images,
            "annotations": self._annotations,
            "categories": lambda: iter(categories),
        }
        counts, items = dict.fromkeys(sections, 0), dict.fromkeys(_SECTIONS, 0)
        total = self._count_all()
        if len(self._sources) > 1 and sections[0] != "images":
            for _ in self._images():  # gives the ids that annotations name
                pass
        with self._writing.open_file() as binary, TextIOWrapper(binary, encoding="utf-8", newline="") as file:
            file.write("{")
            file.write(",\n".join(f"{verbatim(key)}: {verbatim(value)}" for key, value in header.items()))
            for at, section in enumerate(sections):
                file.write((",\n" if at or header else "") + f'"{section}": [')
                rejected = self._rejected(section)
                for position, text in _merge(makers[section](), rejected):
                    file.write((",\n" if position else "") + text)
                    counts[section] += 1
                    if not counts[section] % _BATCH:
                        self._writing.progress(sum(counts.values()), total)
                items[section] = counts[section] - len(rejected)
                file.write("]")
                self._writing.progress(sum(counts.values()), total)
            file.write("}\n")
        return {"records": counts, "images": items["images"], "annotations": items["annotations"], "lost": self._loss()}

    def _read_headers(self) -> tuple[dict[str, Any], list[str]]:
        """Return what files have beside their sections, of several the first that has it; and the sections."""
        rows = self._cursor.execute(
            "SELECT header, present FROM source WHERE list_contains(?, source) ORDER BY source", [self._sources]
        ).fetchall()
        header: dict[str, Any] = {}
        sections: dict[str, None] = {}
        for text, present in rows:
            for key, value in load(text).items():
                self._lost["header_fields"] += key in header and header[key] != value
                header.setdefault(key, value)
            sections |= dict.fromkeys(section for section in load(present) if section in _SECTIONS)
        return header, list(sections) or ["images"]

    def _count_all(self) -> int:
        tables = ("image", "annotation", "class_source", "rejected")
        counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE list_contains($sources, source))" for table in tables)
        return int(self._cursor.execute(f"SELECT {counts}", {"sources": self._sources}).fetchall()[0][0])

    def _rejected(self, section: str) -> list[tuple[int, str]]:
        if not self._is_plain:
            return []
        return self._cursor.execute(
            "SELECT position, record FROM rejected WHERE source = ? AND section = ? ORDER BY position",
            [self._sources[0], section],
        ).fetchall()

    def _loss(self) -> dict[str, int]:
        kept = list(_SECTIONS) if self._is_plain else []
        [(unusable,)] = self._cursor.execute(
            "SELECT count(*) FROM rejected WHERE list_contains(?, source) AND NOT list_contains(?, section)",
            [self._sources, kept],
        ).fetchall()
        changed = {f"{name}_ids_changed": self._ids[section].changed for section, name in _SINGULAR.items()}
        lost = self._lost + Counter(changed) + Counter({"unusable_records": unusable, NOT_KEPT: self._count_unkept()})
        return dict(sorted(lost.items()))

    def _count_unkept(self) -> int:
        """Return how many records could not be used and were too many to be kept at the import."""
        reports = self._cursor.execute("SELECT report FROM source WHERE list_contains(?, source)", [self._sources])
        return sum(Doctor.load(text).counts.get(NOT_KEPT, 0) for (text,) in reports.fetchall() if text is not None)

    def _images(self) -> Iterator[tuple[int, str]]:
        ids = self._ids["images"] = _Ids(self._next_id("images"))
        several = len(self._sources) > 1
        rows = self._chosen(
            "SELECT i.row, source, position, source_id, source_key, file_name, width, height, present, extra, split "
            "FROM image i JOIN chosen c ON c.row = i.row ORDER BY source, position"
        )
        for row, source, position, number, key, file_name, width, height, present, extra, split in rows:
            own = read_id(number, key)
            value = ids.give(source, own)
            if value is not own:
                self._image_ids[row] = value
            values = {"id": value, "file_name": file_name, "width": width, "height": height}
            fields = present_fields(present, IMAGE_FIELDS)
            record = {name: values[name] for name in fields if name == "id" or values[name] is not None}
            fixed = {"id": value} if value is not own else {}
            if several and split is not None:
                record["split"] = split
            yield position, _finish(record, extra, fixed)

    def _chosen(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows of a statement that joins the chosen images as ``chosen``."""
        self._cursor.register("chosen", {"row": self._selection.images})
        found = self._cursor.execute(sql).fetchall()
        self._cursor.unregister("chosen")
        return found

    def _categories(self) -> Iterator[tuple[int, str]]:
        ids, classes = self._ids["categories"], self._selection.classes
        rows = self._cursor.execute(
            "SELECT class, source, position, source_id, source_key, name, supercategory, present, extra "
            "FROM class_source WHERE list_contains(?, source) ORDER BY source, position",
            [self._sources],
        ).fetchall()
        given: dict[int, Any] = {}  # by place among the classes that are written
        for row, source, position, number, key, name, above, present, extra in rows:
            place, own = int(classes.number[row]), read_id(number, key)
            if place == DROPPED:
                continue
            if place in given:
                self._category_ids[row] = given[place]
                ids.changed += given[place] != own and classes.first[place] == row
                continue
            value = given[place] = self._category_ids[row] = ids.give(source, own)
            values = {"id": value, "name": name, "supercategory": above}
            record = {field: values[field] for field in present_fields(present, CATEGORY_FIELDS)}
            fixed = {} if value is own else {"id": value}
            if classes.names[place] != name:
                fixed["name"] = classes.names[place]
            yield position, _finish(record, extra, fixed)

    def _annotations(self) -> Iterator[tuple[int, str]]:
        coordinates, ids = self._writing.store.coordinates, self._ids["annotations"]
        classes, chosen = self._selection.classes, self._selection.annotations
        self._cursor.register("chosen", {"row": self._selection.images})
        condition = ""
        if chosen is not None:
            self._cursor.register("chosen_annotations", {"row": chosen})
            condition = "WHERE a.row IN (SELECT row FROM chosen_annotations)"
        result = self._cursor.execute(
            _ANNOTATION_SQL.format(condition=condition, segmentation=segmentation_columns("a"))
        )
        while rows := result.fetchmany(_BATCH):
            for source, position, number, key, image, image_number, image_key, class_, *geometry, extra in rows:
                if classes.number[class_] == DROPPED:
                    continue
                own = read_id(number, key)
                value = ids.give(source, own)
                named = {
                    "id": value,
                    "image_id": self._image_ids.get(image, read_id(image_number, image_key)),
                    "category_id": self._category_ids[class_],
                }
                fixed = {} if self._is_plain else {key: named[key] for key in ("image_id", "category_id")}
                if value is not own:
                    fixed["id"] = value
                yield position, _annotation(coordinates, named, tuple(geometry), extra, fixed)


_SINGULAR = {"images": "image", "annotations": "annotation", "categories": "category"}

_ANNOTATION_SQL = """
SELECT a.source, a.position, a.source_id, a.source_key, a.image, i.source_id, i.source_key, a.class,
       a.x, a.y, a.w, a.h, a.area, a.crowd, a.num_keypoints, {segmentation}, a.keypoint_start, a.keypoint_count,
       a.present, a.extra
FROM annotation a JOIN image i ON i.row = a.image JOIN chosen ON chosen.row = a.image {condition}
ORDER BY a.source, a.position
"""


def _finish(record: dict[str, Any], extra: str | None, fixed: dict[str, Any]) -> str:
    """Return a record as text, with its further fields, and with what is fixed whatever those say."""
    if extra:
        record |= load(extra)
    return verbatim(record | fixed)


def _merge(records: Iterator[tuple[int, str]], rejected: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Put two sorted streams of (position, record) into one; hand out running numbers."""
    waiting = iter([*rejected, (2**62, "")])
    next_rejected = next(waiting)
    written = 0
    for position, text in records:
        while next_rejected[0] < position:
            yield written, next_rejected[1]
            written += 1
            next_rejected = next(waiting)
        yield written, text
        written += 1
    while next_rejected[0] < 2**62:
        yield written, next_rejected[1]
        written += 1
        next_rejected = next(waiting)


def _annotation(
    coordinates: GeometryReader,
    named: dict[str, Any],
    geometry: tuple[Any, ...],
    extra: str | None,
    fixed: dict[str, Any],
) -> str:
    x, y, w, h, area, crowd, num_keypoints, *segmentation, keypoint_start, keypoint_count, present = geometry
    values = {
        **named,
        "bbox": None if x is None else [x, y, w, h],
        "area": area,
        "iscrowd": int(crowd),
        "segmentation": StoredSegmentation(*segmentation).as_read(coordinates),
        "keypoints": coordinates.numbers(keypoint_start, keypoint_count).tolist(),
        "num_keypoints": num_keypoints,
    }
    fields = present_fields(present, ANNOTATION_FIELDS)
    return _finish({name: values[name] for name in fields if name == "id" or values[name] is not None}, extra, fixed)
