"""All formats: those that are listed in :mod:`assay.formats.listing`, and folders of images without labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from assay.errors import UsageError
from assay.formats import doctor
from assay.formats.format import Format, PredictionReader, Recognised, is_wide_folder
from assay.formats.images import IMAGES
from assay.formats.listing import FOLDERS
from assay.project.sourcekinds import add_kinds

_Known = TypeVar("_Known", Format, PredictionReader)

_formats: dict[str, Format] = {}


def register(new: Format) -> None:
    """Add a format.

    Raises:
        ValueError: its key or one of its kinds is another's.
    """
    for known in _formats.values():
        if known.key == new.key or not set(known.kinds).isdisjoint(new.kinds):
            raise ValueError(f"the format {new.key} is like {known.key}")
    doctor.add_messages(new.messages)
    add_kinds(new.kinds, leads_on=new.leads_on)
    _formats[new.key] = new


def all_formats() -> Mapping[str, Format]:
    """Return the formats by key, in the order in which they are offered."""
    return _formats


def get_format(key: str) -> Format:
    """Return a format by its key.

    Raises:
        UsageError: there is none of that key.
    """
    return _find(key, _formats)


def format_of_kind(kind: str) -> Format:
    """Return the format that sources of a kind are read by.

    Raises:
        UsageError: it is not installed.
    """
    return _find(kind, {kind: known for known in _formats.values() for kind in known.kinds})


def all_prediction_readers() -> Mapping[str, PredictionReader]:
    """Return the readers of predictions by the key of their format."""
    return {key: known.predictions for key, known in _formats.items() if known.predictions is not None}


def get_prediction_reader(key: str) -> PredictionReader:
    """Return what reads predictions in a format.

    Raises:
        UsageError: there is none of that key.
    """
    return _find(key, all_prediction_readers())


def recognise(path: Path) -> list[tuple[Format, Recognised]]:
    """Return the formats that a file or folder may be in, and why, in the order in which they are offered."""
    found = ((known, known.recognises(path)) for known in _formats.values() if known.recognises is not None)
    return [(known, _without_wide_folder(known, seen)) for known, seen in found if seen is not None]


def _without_wide_folder(known: Format, seen: Recognised) -> Recognised:
    """Leave out an images folder that is all of a disk or of a person's files: nobody but the user may name that."""
    if known.images == known.labels or not is_wide_folder(seen.options.get(known.images)):
        return seen
    return replace(seen, options={key: value for key, value in seen.options.items() if key != known.images})


def _find(name: str, known: Mapping[str, _Known]) -> _Known:
    if name not in known:
        raise UsageError("There is no such format.", item=name[:100], expected=", ".join(known), actual=name[:100])
    return known[name]


for _folder in FOLDERS:
    for _each in import_module(f"{_folder}.format").FORMATS:
        register(_each)
register(IMAGES)
