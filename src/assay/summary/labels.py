"""Label statistics: classes, which of them occur together, annotators, splits, image sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.project.store import Connection, Store, quote
from assay.project.values import stored_keys
from assay.query.compose import absent, compare, equal, narrow, narrow_images
from assay.query.fields import Fields, Scope, fields_of
from assay.query.results import ResultSets
from assay.summary.chosen import chosen_rows
from assay.summary.distribution import RARE

_TOGETHER = 20  # classes of the co-occurrence matrix
_SIZES = 50
_IMAGE_MEANS = ("brightness", "contrast", "sharpness", "object_count")
_ANNOTATION_MEANS = ("object_area", "annotation_duplicates", "box_fit", "validity", "confidence")


@dataclass(frozen=True)
class Count:
    """How many items of which kind, and what finds them."""

    count: int
    scope: Scope
    query: str


@dataclass(frozen=True)
class ClassLabels:
    """One class in numbers; areas in px²."""

    row: int
    name: str
    annotations: Count
    images: Count | None
    share: float
    median_area: float | None
    mean_area: float | None
    rare: bool


@dataclass(frozen=True)
class Together:
    """Two classes, by their place among the most frequent ones, that occur in the same images."""

    a: int
    b: int
    images: Count


@dataclass(frozen=True)
class Group:
    """The annotations of one annotator, or the images and annotations of one split."""

    name: str | None
    annotations: Count
    images: Count | None
    share: float
    classes: int
    means: dict[str, float | None]


@dataclass(frozen=True)
class ImageSize:
    """Images of one size in px."""

    width: int
    height: int
    images: Count
    share: float


@dataclass(frozen=True)
class Labels:
    """Everything that is told of a result's annotations as labels."""

    classes: list[ClassLabels]
    frequent: list[ClassLabels]
    together: list[Together]
    annotators: list[Group]
    splits: list[Group]
    sizes: list[ImageSize]
    other_sizes: int


def measure_labels(store: Store, results: ResultSets, query: str) -> Labels:
    """Return the label statistics of a result of annotations.

    How many images hold a class, which classes occur together and how large images are is told of the whole project
    only: a filter of annotations says nothing about images.
    """
    with chosen_rows(store, results, "annotation", query, "a.row") as (cursor, condition):
        classes = _classes(cursor, query, condition)
        annotators = _annotators(cursor, fields_of(store, "annotation"), query, condition)
        splits = _splits(cursor, query, condition)
        whole = not query.strip()
        together = _together(cursor, classes[:_TOGETHER]) if whole else []
        sizes, other = _sizes(cursor) if whole else ([], 0)
    return Labels(classes, classes[:_TOGETHER], together, annotators, splits, sizes, other)


def _classes(cursor: Connection, query: str, condition: str) -> list[ClassLabels]:
    area = "am.object_area" if "object_area" in stored_keys(cursor, "annotation") else "NULL::DOUBLE"
    rows = cursor.execute(
        "SELECT c.row, c.name, n.annotations, n.images, n.median, n.mean "
        "FROM (SELECT min(row) AS row, name FROM class GROUP BY name) c LEFT JOIN ("
        "  SELECT k.name, count(*) AS annotations, count(DISTINCT a.image) AS images,"
        f"  median({area}) AS median, avg({area}) AS mean FROM annotation a JOIN class k ON k.row = a.class "
        f"  LEFT JOIN annotation_metric am ON am.row = a.row WHERE {condition} GROUP BY 1"
        ") n ON n.name = c.name ORDER BY coalesce(n.annotations, 0) DESC, c.row"
    ).fetchall()
    total = sum(row[2] or 0 for row in rows)
    names = [row[1] for row in rows]
    even = total / max(len(rows), 1)
    whole = not query.strip()
    return [
        ClassLabels(
            row,
            name,
            Count(annotations or 0, "annotation", narrow(query, equal("class", name))),
            Count(images or 0, "image", narrow_images("", equal("class", name))) if whole else None,
            (annotations or 0) / total if total else 0.0,
            median,
            mean,
            len(names) > 1 and (annotations or 0) <= RARE * even,
        )
        for row, name, annotations, images, median, mean in rows
    ]


def _together(cursor: Connection, frequent: list[ClassLabels]) -> list[Together]:
    place = {each.row: at for at, each in enumerate(frequent)}
    if not place:
        return []
    listed = ", ".join(str(row) for row in place)
    rows = cursor.execute(
        "WITH held AS (SELECT DISTINCT a.image, n.class FROM annotation a JOIN class k ON k.row = a.class "
        f"JOIN (SELECT min(row) AS class, name FROM class GROUP BY name) n ON n.name = k.name "
        f"WHERE n.class IN ({listed})) "
        "SELECT p.class, q.class, count(*) FROM held p JOIN held q ON q.image = p.image AND q.class > p.class "
        "GROUP BY 1, 2"
    ).fetchall()
    found = []
    for one, other, count in rows:
        a, b = sorted((place[one], place[other]))
        query = narrow_images("", equal("class", frequent[a].name), equal("class", frequent[b].name))
        found.append(Together(a, b, Count(count, "image", query)))
    return found


def _means(cursor: Connection, scope: Scope, alias: str, wanted: tuple[str, ...]) -> tuple[list[str], str]:
    keys = [key for key in wanted if key in stored_keys(cursor, scope)]
    return keys, "".join(f", avg({alias}.{quote(key)})" for key in keys)


def _annotators(cursor: Connection, fields: Fields, query: str, condition: str) -> list[Group]:
    field = next((each for each in fields.all() if each.key == "annotator"), None)
    if field is None:
        return []
    keys, means = _means(cursor, "annotation", "am", _ANNOTATION_MEANS)
    rows: list[Any] = cursor.execute(
        f"SELECT {field.column.sql} AS name, count(*) AS items, count(DISTINCT a.class){means} FROM annotation a "
        "LEFT JOIN annotation_attr ax ON ax.row = a.row LEFT JOIN annotation_metric am ON am.row = a.row "
        f"WHERE {condition} AND name IS NOT NULL GROUP BY 1 ORDER BY items DESC, 1 LIMIT 200"
    ).fetchall()
    total = sum(row[1] for row in rows)
    return [
        Group(
            str(name),
            Count(count, "annotation", narrow(query, equal("annotator", str(name)))),
            None,
            count / total,
            classes,
            dict(zip(keys, values, strict=True)),
        )
        for name, count, classes, *values in rows
    ]


def _splits(cursor: Connection, query: str, condition: str) -> list[Group]:
    of_images, image_means = _means(cursor, "image", "im", _IMAGE_MEANS)
    of_objects, object_means = _means(cursor, "annotation", "am", _ANNOTATION_MEANS[:1])
    images = cursor.execute(
        f"SELECT i.split, count(*){image_means} FROM image i LEFT JOIN image_metric im ON im.row = i.row "
        "GROUP BY 1 ORDER BY 1 NULLS LAST"
    ).fetchall()
    if len(images) == 1 and images[0][0] is None:
        return []
    objects: dict[str | None, Any] = {
        name: numbers
        for name, *numbers in cursor.execute(
            f"SELECT i.split, count(*), count(DISTINCT a.class){object_means} FROM annotation a "
            "JOIN image i ON i.row = a.image LEFT JOIN annotation_metric am ON am.row = a.row "
            f"WHERE {condition} GROUP BY 1"
        ).fetchall()
    }
    total = sum(numbers[0] for numbers in objects.values())
    found = []
    for name, image_count, *values in images:
        annotations, classes, *more = objects.get(name, [0, 0, *[None] * len(of_objects)])
        term = absent("split") if name is None else equal("split", name)
        found.append(
            Group(
                name,
                Count(annotations, "annotation", narrow(query, term)),
                None if query.strip() else Count(image_count, "image", narrow("", term)),
                annotations / total if total else 0.0,
                classes,
                dict(zip([*of_images, *of_objects], [*values, *more], strict=True)),
            )
        )
    return found


def _sizes(cursor: Connection) -> tuple[list[ImageSize], int]:
    """Return the most frequent sizes, and how many others there are."""
    if not {"width", "height"} <= set(stored_keys(cursor, "image")):
        return [], 0
    rows = cursor.execute(
        "SELECT width, height, count(*) AS images, count(*) / sum(count(*)) OVER () AS share, "
        "count(*) OVER () AS sizes FROM image_metric WHERE width IS NOT NULL AND height IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY images DESC, 1, 2 LIMIT ?",
        [_SIZES],
    ).fetchall()
    found = [
        ImageSize(
            int(width),
            int(height),
            Count(count, "image", narrow("", compare("width", ":", width), compare("height", ":", height))),
            share,
        )
        for width, height, count, share, _ in rows
    ]
    return found, (rows[0][-1] - len(rows) if rows else 0)
