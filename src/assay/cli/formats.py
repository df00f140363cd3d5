"""The flags of formats: commands get those of the formats that are listed, and requests are made of what was given."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.client.paths import name_source
from assay.errors import InputError, UsageError
from assay.formats.flags import Command, Flag
from assay.project.paths import absolute

_TYPES: dict[str, Any] = {
    "path": Path | None,
    "output": Path,
    "switch": bool,
    "empty": bool,
    "pairs": list[str] | None,
}


def add_flags(function: Callable[..., None], flags: Iterable[Flag], *, after: str | None = None) -> Callable[..., None]:
    """Return a command's function with flags in place of its ``**given``, which gets their values.

    Flags of one name are one flag: it has the help of the first, and the defaults of all.

    Args:
        function: The command's function.
        flags: The flags, in the order of the help.
        after: The parameter that they follow; None where they are the first.
    """
    merged: dict[str, Flag] = {}
    defaults: dict[str, list[str]] = {}
    for flag in flags:
        merged.setdefault(flag.parameter, flag)
        if flag.default:
            defaults.setdefault(flag.parameter, []).append(flag.default)
    added = [_parameter(flag, "; ".join(defaults.get(name, []))) for name, flag in merged.items()]
    own = [
        each
        for each in inspect.signature(function, eval_str=True).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    place = 1 + next((at for at, each in enumerate(own) if each.name == after), -1)

    def command(**values: Any) -> None:
        function(**values)

    command.__doc__ = function.__doc__
    command.__annotations__ = {}
    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    vars(command)["__signature__"] = inspect.Signature([*parameters[:place], *added, *parameters[place:]])
    return command


def _parameter(flag: Flag, default: str) -> inspect.Parameter:
    option = typer.Option(*flag.names, help=flag.help, show_default=default or False)
    kind = _TYPES.get(flag.kind, str | None)
    return inspect.Parameter(
        flag.parameter,
        inspect.Parameter.KEYWORD_ONLY,
        default=False if kind is bool else inspect.Parameter.empty if kind is Path else None,
        annotation=Annotated[kind, option],
    )


def choose_format(commands: Sequence[Command], given: Mapping[str, Any]) -> Command:
    """Return the format that an import was asked for in.

    Raises:
        UsageError: none was chosen, or several.
    """
    chosen = _chosen(commands, given)
    if len(chosen) != 1:
        raise UsageError(
            "Choose one of the formats." if chosen else "The dataset's format is missing.",
            item="import project",
            expected=", ".join(command.choice for command in commands),
            actual=" and ".join(command.choice for command in chosen) or "no format option",
        )
    return chosen[0]


def refuse_choice(commands: Sequence[Command], given: Mapping[str, Any], path: Path) -> None:
    """Check that no format is chosen beside a path that is to be recognised.

    Raises:
        UsageError: one is.
    """
    chosen = [command.choice for command in _chosen(commands, given)]
    if chosen:
        raise UsageError(
            f"With {' and '.join(chosen)} the dataset is named by flags.",
            item=str(path),
            expected=f"a path to be recognised, or one of {', '.join(command.choice for command in commands)}",
            actual="both",
        )


def read_options(
    commands: Sequence[Command], chosen: Command, given: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the options that a format is asked with.

    Args:
        commands: How formats are asked for.
        chosen: The one that was chosen.
        given: The values of their flags.
        known: Options that hold where no flag says otherwise.

    Raises:
        UsageError: one is missing, said twice, or has no meaning with this format.
        InputError: a path does not exist.
    """
    known = known or {}
    _check_flags(commands, chosen, given, known)
    options = {**known, **read_given(chosen.flags, given)}
    for flag in chosen.flags:
        if flag.folder_of and flag.option not in options:
            path = Path(options[flag.folder_of])
            options[flag.option] = str(path if path.is_dir() else path.parent)
    return options


def read_given(flags: Iterable[Flag], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the flags that were given.

    Raises:
        InputError: a path does not exist.
    """
    return {flag.option: _read(flag, given[flag.parameter]) for flag in flags if flag.option and _is_given(flag, given)}


def existing(path: Path, what: str) -> Path:
    """Return a path from the root on.

    Raises:
        InputError: nothing is there.
    """
    full = absolute(path)
    if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a path no system can have
        raise InputError(
            f"The {what} does not exist.", item=str(path), expected="an existing path", actual="nothing there"
        )
    return full


def _chosen(commands: Sequence[Command], given: Mapping[str, Any]) -> list[Command]:
    flags = {flag.names[-1]: flag for command in commands for flag in command.flags}
    return [command for command in commands if _is_given(flags[command.choice], given)]


def _check_flags(
    commands: Sequence[Command], chosen: Command, given: Mapping[str, Any], known: Mapping[str, Any]
) -> None:
    twice: dict[str, list[str]] = {}
    own = {flag.parameter for flag in chosen.flags}
    for command in commands:
        for flag in command.flags:
            if _is_given(flag, given) and flag.option:
                names = twice.setdefault(f"{command.key} {flag.option}", [])
                names.append(flag.label)
                if len(names) > 1:
                    raise UsageError(f"Choose one of {' and '.join(names)}.", expected="at most one", actual="both")
    for flag in (flag for command in commands for flag in command.flags):
        if _is_given(flag, given) and flag.parameter not in own:
            raise UsageError(
                f"{flag.label} has no meaning with {chosen.choice}.",
                item=flag.label,
                expected="nothing",
                actual=str(given[flag.parameter]),
            )
    for flag in chosen.flags:
        if flag.required and flag.option not in known and not _is_given(flag, given):
            raise UsageError(
                f"{chosen.choice} needs {flag.label}.",
                item=flag.label,
                expected=f"{flag.label} VALUE",
                actual="nothing",
            )


def _is_given(flag: Flag, given: Mapping[str, Any]) -> bool:
    return given.get(flag.parameter) not in (None, False, [])


def _read(flag: Flag, value: Any) -> Any:
    if flag.kind == "path":
        return str(existing(value, flag.what))
    if flag.kind == "list":
        return [name.strip() for name in value.split(",")]
    if flag.kind == "output":
        return str(absolute(value))
    if flag.kind == "pairs":
        return dict(_read_pair(flag, pair) for pair in value)
    return [] if flag.kind == "empty" else name_source(value) if flag.kind == "source" else value


def _read_pair(flag: Flag, text: str) -> tuple[str, str]:
    old, sign, new = text.rpartition("=")
    if not sign or not old:
        raise UsageError(
            f"{flag.label} takes pairs.", item=text[:100], expected=f"{flag.label} old=new", actual="no pair"
        )
    return old.strip(), new.strip()
