"""Import COCO files into a project and write them back, as the jobs do, without image files and metrics."""

import json
import math
import os
from contextlib import contextmanager
from pathlib import Path

from assay.formats.coco.reader import read_coco
from assay.formats.coco.writer import write_coco
from assay.formats.format import Writing
from assay.formats.ingest import ingest
from assay.formats.writing.options import ExportOptions
from assay.formats.writing.selection import select
from assay.project.lock import Holder
from assay.project.store import Database, Store


@contextmanager
def open_project(folder):
    """Give a new project in a folder."""
    database = Database(Path(folder))
    store = Store.create(Path(folder) / "project", database, Holder(os.getpid()))
    try:
        yield store
    finally:
        store.close()
        database.close()


def import_file(store, path):
    """Read a file into a project; return the source's number and what was read."""
    with store.write() as cursor, store.append_coordinates(cursor) as words:
        source = read_coco(path, words.append)
        number = ingest(
            cursor,
            source,
            kind="coco",
            path=path,
            image_root=path.parent,
            files="in-place",
            split=None,
            image_paths=[None] * len(source.images.ids),
        )
    return number, source


def export(store, number):
    """Write a source; return the file's content."""
    path = store.directory / f"written-{number}.json"
    write_coco(Writing(store, path, {}, select(store, ExportOptions(source=number))))
    return json.loads(path.read_text(encoding="utf-8"))


def import_and_export(folder, content):
    """Import a dataset, given as a value or as text, into a new project; return what was read and written."""
    path = Path(folder) / "dataset.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with open_project(folder) as store:
        number, source = import_file(store, path)
        return source, export(store, number)


def same(first, second):
    """Tell whether two parsed JSON values are equal: true is not 1, NaN is NaN, 1 is 1.0."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(v, second[k]) for k, v in first.items())
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, float) and math.isnan(first):
        return isinstance(second, float) and math.isnan(second)
    return first == second


def dataset(*annotations, **changes):
    """Return a small dataset: images 1 and 2 of 100 × 50, categories 1 (cat) and 2 (dog), given annotations."""
    return {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 100, "height": 50},
            {"id": 2, "file_name": "b.jpg", "width": 100, "height": 50},
        ],
        "annotations": list(annotations),
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    } | changes


def annotation(**changes):
    """Return a sound annotation with some fields changed; a field given as ``...`` is left out."""
    record = {
        "id": 7,
        "image_id": 1,
        "category_id": 2,
        "bbox": [10, 20, 30, 10],
        "area": 300,
        "iscrowd": 0,
        "segmentation": [[10, 20, 40, 20, 40, 30, 10, 30]],
    } | changes
    return {key: value for key, value in record.items() if value is not ...}
