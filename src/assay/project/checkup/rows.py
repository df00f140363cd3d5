"""Rows: every item once, and nothing about items that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.manifest import DATABASE

_ITEMS = ("image", "annotation", "prediction", "class")
# what hangs on which rows: table, column, table of the rows
_HANGING = (
    ("annotation", "image", "image"),
    ("annotation", "class", "class"),
    ("image_file", "row", "image"),
    ("image_content", "row", "image"),
    ("image_meta", "row", "image"),
    ("image_metric", "row", "image"),
    ("image_measured", "row", "image"),
    ("image_tag", "row", "image"),
    ("annotation_attr", "row", "annotation"),
    ("annotation_metric", "row", "annotation"),
    ("annotation_tag", "row", "annotation"),
    ("prediction", "image", "image"),
    ("prediction_metric", "row", "prediction"),
    ("prediction_coverage", "image", "image"),
    ("class_source", "class", "class"),
)
_ONE_EACH = ("image_file", "image_content", "image_metric", "annotation_metric", "prediction_metric")


def check_rows(subject: Subject) -> Iterator[Finding]:
    """Find items that are there twice, and rows that hang on none."""
    file = str(subject.directory / DATABASE)
    keys = dict.fromkeys((*_ITEMS, *_ONE_EACH), "row") | {"image_measured": "(row, stage)"}
    for table, key in keys.items():
        [(rows, different)] = subject.numbers(f"SELECT count(*), count(DISTINCT {key}) FROM {table}")
        if rows != different:
            yield Finding(
                "error",
                f"Rows of the table {table} are there more than once.",
                item=file,
                expected=f"{different:,} rows",
                actual=f"{rows:,}",
                hint="Restore the file from a copy.",
                count=rows - different,
            )
    for table, column, owner in _HANGING:
        [(count,)] = subject.numbers(
            f'SELECT count(*) FROM {table} WHERE "{column}" IS NOT NULL AND "{column}" NOT IN (SELECT row FROM {owner})'
        )
        if count:
            yield Finding(
                "error",
                f"Rows of the table {table} belong to no {owner}.",
                item=file,
                expected=f"an {owner} for each" if owner[0] in "aeiou" else f"a {owner} for each",
                actual=f"{count:,} without one",
                hint="Restore the file from a copy, or bring it in line with its source: assay refresh",
                count=count,
            )
