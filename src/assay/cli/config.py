"""``assay config``: the user's own defaults, in one JSON file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.output import print_json, print_table
from assay.cli.target import Json
from assay.errors import NotFoundError, StorageError, UsageError

app = typer.Typer(help="Your own defaults.", no_args_is_help=True, rich_markup_mode=None)

Value = str | int | bool | None


@dataclass(frozen=True)
class _Setting:
    default: Value
    meaning: str


SETTINGS = {
    "port": _Setting(8000, "the port that `assay start` listens at"),
    "host": _Setting("127.0.0.1", "the address that `assay start` listens at"),
    "browser": _Setting(True, "whether `assay start` opens the browser"),
    "memory_limit": _Setting(None, "the database's share of memory, such as 4GB"),
}


def config_path() -> Path:
    """Return where the file is: ``$ASSAY_CONFIG``, else the system's place for settings."""
    if os.environ.get("ASSAY_CONFIG"):
        return Path(os.environ["ASSAY_CONFIG"]).expanduser()
    base = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "assay" / "config.json"


def setting(key: str) -> Value:
    """Return a setting's value, its default where the user has set none."""
    return _read().get(key, SETTINGS[key].default)


def _read() -> dict[str, Value]:
    path = config_path()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(
            "The settings cannot be read.", item=str(path), expected="a JSON object", actual=str(error)
        ) from error
    if not isinstance(content, dict):
        raise UsageError(
            "The settings cannot be read.",
            item=str(path),
            expected="a JSON object",
            actual=repr(content)[:60],
        )
    return {key: value for key, value in content.items() if key in SETTINGS}


def _write(values: dict[str, Value]) -> None:
    path = config_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise StorageError(
            "The settings cannot be written.",
            item=str(path),
            expected="a writable folder",
            actual=error.strerror or str(error),
        ) from error


def _check(key: str) -> _Setting:
    if key not in SETTINGS:
        raise NotFoundError(
            "There is no such setting.", item=key, expected=", ".join(SETTINGS), actual="an unknown name"
        )
    return SETTINGS[key]


def _parse(key: str, text: str) -> Value:
    default = _check(key).default
    if isinstance(default, bool):
        words = {
            "true": True,
            "yes": True,
            "on": True,
            "1": True,
            "false": False,
            "no": False,
            "off": False,
            "0": False,
        }
        if text.lower() in words:
            return words[text.lower()]
        raise UsageError("The value does not fit.", item=key, expected="true or false", actual=text)
    if isinstance(default, int):
        if text.isdigit() and 1 <= int(text) <= 65_535:
            return int(text)
        raise UsageError("The value does not fit.", item=key, expected="a number from 1 to 65535", actual=text)
    return text


@app.command("list")
def list_settings(as_json: Json = False) -> None:
    """List all settings.

    Example: assay config list
    """
    values = {key: setting(key) for key in SETTINGS}
    if as_json:
        print_json(values)
        return
    rows = [[key, "–" if value is None else str(value), SETTINGS[key].meaning] for key, value in values.items()]
    print_table(["setting", "value", "meaning"], rows)
    typer.echo(f"\n{config_path()}", err=True)


@app.command("get")
def get_setting(key: Annotated[str, typer.Argument(help="The setting.")], as_json: Json = False) -> None:
    """Print one setting.

    Example: assay config get port
    """
    _check(key)
    value = setting(key)
    if as_json:
        print_json({key: value})
    else:
        typer.echo("" if value is None else value)


@app.command("set")
def set_setting(
    key: Annotated[str, typer.Argument(help="The setting.")],
    value: Annotated[str, typer.Argument(help="Its value.")],
) -> None:
    """Change a setting.

    Example: assay config set port 8001
    """
    parsed = _parse(key, value)
    _write(_read() | {key: parsed})
    typer.echo(f"{key} = {parsed}")


@app.command("unset")
def unset_setting(key: Annotated[str, typer.Argument(help="The setting.")]) -> None:
    """Go back to a setting's default.

    Example: assay config unset port
    """
    default = _check(key).default
    _write({k: v for k, v in _read().items() if k != key})
    typer.echo(f"{key} = {default} (default)")
