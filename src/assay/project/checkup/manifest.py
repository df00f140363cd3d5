"""project.json: whether it can be read, and says what the database says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import Any

from assay.errors import StorageError
from assay.project.checkup.subject import Finding, Subject, Unavailable
from assay.project.manifest import MANIFEST, Manifest, now, read_manifest, write_manifest
from assay.project.trust import signed_id

_COUNTS_SQL = (
    "SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM annotation), (SELECT count(*) FROM class), "
    "(SELECT count(*) FROM prediction_set)"
)


def check_manifest(subject: Subject) -> Iterator[Finding]:
    """Compare project.json with the database; healing writes what the database says."""
    try:
        manifest = read_manifest(subject.directory)
    except StorageError as error:
        try:
            yield Finding.of(error, heal=partial(_rebuild, subject, _facts(subject)))
        except Unavailable:
            yield Finding.of(error)
        return
    wrong = {key: value for key, value in _facts(subject).items() if getattr(manifest, key) != value}
    if subject.is_working or not wrong:
        return
    yield Finding(
        "warning",
        "project.json tells other numbers than the database.",
        item=str(subject.directory / MANIFEST),
        expected=", ".join(f"{key} {value}" for key, value in wrong.items()),
        actual=", ".join(f"{key} {getattr(manifest, key)}" for key in wrong),
        hint="`assay project doctor --heal` writes it anew.",
        heal=partial(_correct, subject, manifest, wrong),
    )


def _facts(subject: Subject) -> dict[str, Any]:
    [(images, annotations, classes, sets)] = subject.numbers(_COUNTS_SQL)
    jobs = subject.numbers("SELECT id FROM job WHERE status IN ('queued', 'running', 'interrupted') ORDER BY id")
    return {
        "images": images,
        "annotations": annotations,
        "classes": classes,
        "prediction_sets": sets,
        "schema": subject.state("schema") or 0,
        "unfinished_jobs": [job for (job,) in jobs],
    }


def _rebuild(subject: Subject, facts: dict[str, Any]) -> None:
    manifest = Manifest(name=subject.directory.name, created=now(), **facts)
    manifest.uuid = signed_id(subject.directory) or manifest.uuid  # what was approved stays so
    write_manifest(subject.directory, manifest)


def _correct(subject: Subject, manifest: Manifest, wrong: dict[str, Any]) -> None:
    if subject.store is not None:
        subject.store.save_manifest(**wrong)
    else:
        write_manifest(subject.directory, dataclasses.replace(manifest, **wrong))
