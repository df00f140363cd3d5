"""Read the YAML file of a YOLO dataset: mappings, lists and plain values of a bounded size, and nothing that grows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.label_text import read_label_text
from assay.project.typed import storable

_MOST_EVENTS = 1_000_000  # of the parser: about two a value
_MOST_DEPTH = 60
_MOST_ALIASES = 10
_MOST_VALUES = 1_000_000  # with what aliases repeat


def read_description(file: Path) -> dict[str, Any]:
    """Return a YAML file's mapping as JSON has it: keys are text, and what JSON does not know is text, too.

    Raises:
        InputError: it cannot be read, is no mapping, or would grow beyond measure.
    """
    import yaml  # noqa: PLC0415 - of use here alone

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = read_label_text(file)
    try:
        _refuse_bomb(text, file, yaml, loader)
        content = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:  # of values and their tags
        raise InputError(
            "The YAML file cannot be read.", item=str(file), expected="YAML", actual=" ".join(str(error).split())[:300]
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            "The YAML file describes no dataset.",
            item=str(file),
            expected="a mapping with train, val or test, and names",
            actual=type(content).__name__,
        )
    left = [_MOST_VALUES]
    return {_text(key, file): _plain(value, file, left, 1) for key, value in content.items()}


def _refuse_bomb(text: str, file: Path, yaml: Any, loader: Any) -> None:
    """Refuse what is deep, or repeats itself, before anything is built of it."""
    depth = aliases = 0
    for number, event in enumerate(yaml.parse(text, Loader=loader)):
        aliases += isinstance(event, yaml.AliasEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if number > _MOST_EVENTS or depth > _MOST_DEPTH or aliases > _MOST_ALIASES:
            raise _too_much(file)


def _plain(value: Any, file: Path, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > _MOST_DEPTH:  # aliases of what they are in
        raise _too_much(file)
    if isinstance(value, dict):
        return {_text(key, file): _plain(each, file, left, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, file, left, depth + 1) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else _text(value, file)


def _text(value: Any, file: Path) -> str:
    if isinstance(value, tuple | set | frozenset | list | dict):
        raise _too_much(file)
    return storable(str(value))


def _too_much(file: Path) -> InputError:
    return InputError(
        "The YAML file says more than a dataset's description does.",
        item=str(file),
        expected=f"at most {_MOST_VALUES:,} values, {_MOST_DEPTH} levels and {_MOST_ALIASES} aliases",
        actual="more, or a value that is a key",
    )
