"""Put a source that was read anew in the place of what was read of it before: items keep their rows and tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.coordinates import GeometryReader
from assay.project.source_ids import read_source_id
from assay.project.store import Connection, quote
from assay.project.values import Scope, mark_statistics_due, stored_keys

MOST_CONFLICTS = 1_000
_CHUNK_WORDS = 1 << 22
_IMAGE_RECORD = ("file_name", "path", "split", "sequence", "frame", "present", "extra")
_ANNOTATION_RECORD = (
    "class", "shape", "x", "y", "w", "h", "rotation", "area", "crowd", "num_keypoints", "track", "confidence",
    "segmentation", "ring_count", "rle_height", "rle_width", "rle_bytes", "word_count", "keypoint_count", "present",
    "extra", "faults",
)  # fmt: skip


@dataclass
class Changes:
    """How many items of a scope are new, changed or gone."""

    new: int = 0
    changed: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)


@dataclass
class Reconciled:
    """What a source's new state changed.

    Attributes:
        image, annotation: How many of each.
        images: int32 rows of the images whose record changed.
        conflicts: Tagged items that are gone or have become something else: kind, scope, id, tags.
        conflict_count: How many there are; ``conflicts`` holds the first 1,000.
    """

    image: Changes = field(default_factory=Changes)
    annotation: Changes = field(default_factory=Changes)
    images: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    conflict_count: int = 0


def reconcile(
    cursor: Connection, coordinates: GeometryReader, old: int, new: int, *, follows_files: bool = False
) -> Reconciled:
    """Put source ``new`` in the place of source ``old``, in the caller's transaction.

    An image or annotation is the one of before that has its id; of several, the n-th is the n-th. Annotations
    without ids are told by their place among those of their image. Everything is then as the new source has it, under
    the rows of before, so that tags, and the metrics of what did not change, stay.

    Args:
        coordinates: Those of both sources.
        old: Number of the source as the project has it.
        new: Number under which it was read anew; it is gone afterwards.
        follows_files: Whether ids go with files, so that another name under an id is the same image renamed.
    """
    result = Reconciled()
    _pair_images(cursor, old, new)
    _pair_annotations(cursor, old, new)
    cursor.execute("CREATE OR REPLACE TEMP TABLE touched (row INTEGER)")
    _compare_images(cursor, result)
    _compare_annotations(cursor, coordinates, result)
    _find_conflicts(cursor, result, follows_files=follows_files)
    _replace(cursor, old, new)
    if result.image or result.annotation:
        mark_statistics_due(cursor)
    for table in ("image_pair", "annotation_pair", "touched"):
        cursor.execute(f"DROP TABLE {table}")
    return result


def forget_files(cursor: Connection, table_of_images: str) -> None:
    """Take away what is known of images' files and measured of them.

    Args:
        table_of_images: Name of a table whose ``row`` column holds the images.
    """
    for table in ("image_file", "image_content", "image_measured"):
        cursor.execute(f"DELETE FROM {table} WHERE row IN (SELECT row FROM {table_of_images})")


# ------------------------------------------------------------ which is which


def _pair_images(cursor: Connection, old: int, new: int) -> None:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE image_pair AS WITH numbered AS ("
        "  SELECT row, source, source_id, source_key,"
        "    row_number() OVER (PARTITION BY source, source_id, source_key ORDER BY position) AS number"
        "  FROM image WHERE source IN ($old, $new)),"
        " pairs AS (SELECT o.row AS old, n.row AS new FROM (FROM numbered WHERE source = $old) o"
        "  FULL JOIN (FROM numbered WHERE source = $new) n ON o.source_id IS NOT DISTINCT FROM n.source_id"
        "  AND o.source_key IS NOT DISTINCT FROM n.source_key AND o.number = n.number) "
        "SELECT old, new, coalesce(old, (SELECT min(row) FROM image WHERE source = $new)"
        "  + row_number() OVER (PARTITION BY old IS NULL ORDER BY new) - 1)::INTEGER AS row FROM pairs",
        {"old": old, "new": new},
    )


def _pair_annotations(cursor: Connection, old: int, new: int) -> None:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE annotation_pair AS WITH place AS ("
        "  SELECT old AS image, row FROM image_pair WHERE old IS NOT NULL"
        "  UNION ALL SELECT new, row FROM image_pair WHERE new IS NOT NULL),"
        " placed AS (SELECT a.row, a.source, a.source_id, a.source_key, a.position, place.row AS image,"
        "    CASE WHEN a.source_id IS NULL AND a.source_key IS NULL THEN place.row END AS within"
        "  FROM annotation a JOIN place USING (image) WHERE a.source IN ($old, $new)),"
        " numbered AS (SELECT *,"
        "    row_number() OVER (PARTITION BY source, source_id, source_key, within ORDER BY position) AS number"
        "  FROM placed),"
        " pairs AS (SELECT o.row AS old, n.row AS new, o.image AS old_image, n.image AS new_image"
        "  FROM (FROM numbered WHERE source = $old) o FULL JOIN (FROM numbered WHERE source = $new) n"
        "  ON o.source_id IS NOT DISTINCT FROM n.source_id AND o.source_key IS NOT DISTINCT FROM n.source_key"
        "  AND o.within IS NOT DISTINCT FROM n.within AND o.number = n.number) "
        "SELECT *, coalesce(old, (SELECT min(row) FROM annotation WHERE source = $new)"
        "  + row_number() OVER (PARTITION BY old IS NULL ORDER BY new) - 1)::INTEGER AS row FROM pairs",
        {"old": old, "new": new},
    )


# ------------------------------------------------------------ what has changed


def _compare_images(cursor: Connection, result: Reconciled) -> None:
    """Count the images; those of another file or size are ``touched`` and their files forgotten."""
    # a size that the source does not declare is the file's
    cursor.execute(
        "UPDATE image SET width = coalesce(image.width, o.width), height = coalesce(image.height, o.height) "
        "FROM image_pair p JOIN image o ON o.row = p.old "
        "WHERE image.row = p.new AND image.path IS NOT DISTINCT FROM o.path"
    )
    other_file = (
        "(n.path IS DISTINCT FROM o.path OR n.width IS DISTINCT FROM o.width OR n.height IS DISTINCT FROM o.height)"
    )
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE other_image AS SELECT p.row, {other_file} AS other_file "
        "FROM image_pair p JOIN image o ON o.row = p.old JOIN image n ON n.row = p.new "
        f"WHERE {other_file} OR {_differs(_IMAGE_RECORD)}"
    )
    result.images = _rows(cursor, "SELECT row FROM other_image")
    result.image = Changes(
        new=_count(cursor, "image_pair WHERE old IS NULL"),
        changed=len(result.images),
        removed=_count(cursor, "image_pair WHERE new IS NULL"),
    )
    cursor.execute("INSERT INTO touched SELECT row FROM other_image")
    cursor.execute("CREATE OR REPLACE TEMP TABLE renewed AS SELECT row FROM other_image WHERE other_file")
    forget_files(cursor, "renewed")
    cursor.execute("DROP TABLE renewed")
    cursor.execute("DROP TABLE other_image")


def _compare_annotations(cursor: Connection, coordinates: GeometryReader, result: Reconciled) -> None:
    """Count the annotations; the images of those that are new, changed or gone are ``touched``."""
    table = cursor.execute(
        f"SELECT p.row, (p.old_image <> p.new_image OR {_differs(_ANNOTATION_RECORD)}) AS differs, "
        "o.word_start AS old_start, n.word_start AS new_start, n.word_count AS count, "
        "o.keypoint_start AS old_keypoints, n.keypoint_start AS new_keypoints, n.keypoint_count AS keypoints "
        "FROM annotation_pair p JOIN annotation o ON o.row = p.old JOIN annotation n ON n.row = p.new ORDER BY p.row"
    ).fetchnumpy()
    columns = {name: np.ma.getdata(values) for name, values in table.items()}
    differs = columns["differs"].astype(np.bool_)
    for starts in (("old_start", "new_start", "count"), ("old_keypoints", "new_keypoints", "keypoints")):
        old, new, count = (columns[name].astype(np.int64) for name in starts)
        open_ = np.flatnonzero(~differs & (count > 0))
        differs[open_] = _different_coordinates(coordinates, old[open_], new[open_], count[open_])
    changed = columns["row"][differs].astype(np.int32)
    result.annotation = Changes(
        new=_count(cursor, "annotation_pair WHERE old IS NULL"),
        changed=len(changed),
        removed=_count(cursor, "annotation_pair WHERE new IS NULL"),
    )
    cursor.register("changed_annotations", {"row": changed})
    cursor.execute(
        "INSERT INTO touched SELECT unnest([old_image, new_image]) FROM annotation_pair "
        "WHERE old IS NULL OR new IS NULL OR row IN (SELECT row FROM changed_annotations)"
    )
    cursor.unregister("changed_annotations")


def _different_coordinates(
    coordinates: GeometryReader, old: NDArray[np.int64], new: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return bool ``(n,)``: runs of coordinates that are not the same, bit for bit."""
    differs = np.zeros(len(count), dtype=np.bool_)
    bits = coordinates.values.view(np.uint64)
    chunk = np.cumsum(count) // _CHUNK_WORDS
    for part in np.split(np.arange(len(count)), np.flatnonzero(np.diff(chunk)) + 1):
        if len(part):
            ends = np.cumsum(count[part])
            within = np.arange(ends[-1]) - np.repeat(ends - count[part], count[part])
            unequal = (
                bits[np.repeat(old[part], count[part]) + within] != bits[np.repeat(new[part], count[part]) + within]
            )
            differs[part] = np.logical_or.reduceat(unequal, ends - count[part])
    return differs


def _differs(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'o."{name}" IS DISTINCT FROM n."{name}"' for name in columns)


def _find_conflicts(cursor: Connection, result: Reconciled, *, follows_files: bool) -> None:
    """List tagged items that are gone, and tagged ones whose id now stands for something else."""
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE conflict AS "
        "SELECT 'removed' AS kind, 'image' AS scope, p.old AS row FROM image_pair p WHERE p.new IS NULL "
        "UNION ALL SELECT 'other_file', 'image', p.old FROM image_pair p JOIN image o ON o.row = p.old "
        "  JOIN image n ON n.row = p.new WHERE o.file_name <> n.file_name AND NOT $follows_files "
        "UNION ALL SELECT 'removed', 'annotation', p.old FROM annotation_pair p WHERE p.new IS NULL "
        "UNION ALL SELECT CASE WHEN p.old_image <> p.new_image THEN 'other_image' ELSE 'other_class' END, "
        "  'annotation', p.old FROM annotation_pair p JOIN annotation o ON o.row = p.old "
        "  JOIN annotation n ON n.row = p.new WHERE p.old_image <> p.new_image OR o.class <> n.class",
        {"follows_files": follows_files},
    )
    tagged = (
        "SELECT c.kind, c.scope, c.row, i.source_id, i.source_key, list(t.name ORDER BY t.name) AS tags "
        "FROM conflict c JOIN {scope}_tag x USING (row) JOIN tag t USING (tag) JOIN {scope} i ON i.row = c.row "
        "WHERE c.scope = '{scope}' GROUP BY ALL"
    )
    every = f"({tagged.format(scope='image')} UNION ALL {tagged.format(scope='annotation')})"
    result.conflict_count = _count(cursor, every)
    for kind, scope, _, number, text, tags in cursor.execute(
        f"FROM {every} ORDER BY scope DESC, row, kind LIMIT {MOST_CONFLICTS}"
    ).fetchall():
        item = read_source_id(number, text)
        if type(item) is int and item.bit_length() > 64:
            item = text  # the job's result is kept as JSON of 64 bits
        result.conflicts.append({"kind": kind, "scope": scope, "id": item, "tags": tags})
    cursor.execute("DROP TABLE conflict")


# ------------------------------------------------------------ putting it in place


def _replace(cursor: Connection, old: int, new: int) -> None:
    for scope, free in (("image", "image_meta"), ("annotation", "annotation_attr")):
        _carry_added(cursor, scope, free)
        cursor.execute(f"DELETE FROM {free} WHERE row IN (SELECT old FROM {scope}_pair)")
        cursor.execute(f"UPDATE {free} SET row = p.row FROM {scope}_pair p WHERE {free}.row = p.new")
        cursor.execute(f"DELETE FROM {scope} WHERE source = ?", [old])
    cursor.execute("UPDATE image SET row = p.row, source = ? FROM image_pair p WHERE image.row = p.new", [old])
    cursor.execute(
        "UPDATE annotation SET row = p.row, image = p.new_image, source = ? FROM annotation_pair p "
        "WHERE annotation.row = p.new",
        [old],
    )
    for table in ("class_source", "category_alias", "rejected", "source"):
        cursor.execute(f"DELETE FROM {table} WHERE source = ?", [old])
        cursor.execute(f"UPDATE {table} SET source = ? WHERE source = ?", [old, new])
    _drop_removed(cursor, "image", ("image_file", "image_content", "image_measured", "image_metric", "image_tag"))
    _drop_removed(cursor, "annotation", ("annotation_metric", "annotation_feature", "annotation_tag"))
    for scope, free in (("image", "image_meta"), ("annotation", "annotation_attr")):
        cursor.execute(f"DELETE FROM {free} WHERE row NOT IN (SELECT row FROM {scope})")
    for table in ("prediction", "prediction_coverage", "prediction_image_metric", "prediction_measured"):
        cursor.execute(f"DELETE FROM {table} WHERE image NOT IN (SELECT row FROM image)")
    cursor.execute("DELETE FROM prediction_metric WHERE row NOT IN (SELECT row FROM prediction)")
    cursor.execute("DELETE FROM image_measured WHERE row IN (SELECT row FROM touched)")
    cursor.execute("DELETE FROM prediction_measured WHERE image IN (SELECT row FROM touched)")
    cursor.execute("DELETE FROM class WHERE row NOT IN (SELECT class FROM class_source)")
    cursor.execute(
        "UPDATE class SET source_id = s.source_id, source_key = s.source_key, supercategory = s.supercategory, "
        "extra = s.extra FROM (SELECT DISTINCT ON (class) * FROM class_source ORDER BY class, source) s "
        "WHERE s.class = class.row"
    )


def _carry_added(cursor: Connection, scope: str, free: str) -> None:
    """Give the new records what the user has added to the old ones from tables of his own."""
    names = cursor.execute("SELECT name FROM typed_column WHERE scope = ? AND added", [scope]).fetchall()
    if not names:
        return
    columns = ", ".join(f"{quote(name)} = o.{quote(name)}" for (name,) in names)
    cursor.execute(
        f"INSERT INTO {free}(row) SELECT new FROM {scope}_pair WHERE old IS NOT NULL AND new IS NOT NULL "
        f"AND new NOT IN (SELECT row FROM {free})"
    )
    cursor.execute(
        f"UPDATE {free} SET {columns} FROM {scope}_pair p JOIN {free} o ON o.row = p.old WHERE {free}.row = p.new"
    )


def _drop_removed(cursor: Connection, scope: Scope, tables: tuple[str, ...]) -> None:
    """Remove what is said of items that are gone."""
    removed = f"(SELECT old FROM {scope}_pair WHERE new IS NULL)"
    for table in tables:
        cursor.execute(f"DELETE FROM {table} WHERE row IN {removed}")
    of_images = stored_keys(cursor, "image")
    own = "list_contains(?, metric)" if scope == "image" else "NOT list_contains(?, metric)"
    cursor.execute(f"DELETE FROM evidence WHERE {own} AND (row IN {removed} OR partner IN {removed})", [of_images])


def _count(cursor: Connection, what: str) -> int:
    return int(cursor.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def _rows(cursor: Connection, sql: str) -> NDArray[np.int32]:
    return np.ma.getdata(cursor.execute(sql).fetchnumpy()["row"]).astype(np.int32)
