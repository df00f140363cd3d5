"""``assay config``: the user's own defaults, in one JSON file."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.cli.output import print_json, print_table, say
from assay.cli.target import Json
from assay.settings import (
    SETTINGS,
    check_setting,
    config_path,
    parse_setting,
    read_settings,
    setting,
    write_settings,
)

app = typer.Typer(help="Your own defaults.", no_args_is_help=True, rich_markup_mode=None)


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
    say("", f"{config_path()}", err=True)


@app.command("get")
def get_setting(key: Annotated[str, typer.Argument(help="The setting.")], as_json: Json = False) -> None:
    """Print one setting.

    Example: assay config get port
    """
    check_setting(key)
    value = setting(key)
    if as_json:
        print_json({key: value})
    else:
        say("" if value is None else str(value))


@app.command("set")
def set_setting(
    key: Annotated[str, typer.Argument(help="The setting.")],
    value: Annotated[str, typer.Argument(help="Its value.")],
) -> None:
    """Change a setting.

    Example: assay config set port 8001
    """
    parsed = parse_setting(key, value)
    write_settings(read_settings() | {key: parsed})
    say(f"{key} = {parsed}")


@app.command("unset")
def unset_setting(key: Annotated[str, typer.Argument(help="The setting.")]) -> None:
    """Go back to a setting's default.

    Example: assay config unset port
    """
    default = check_setting(key).default
    write_settings({k: v for k, v in read_settings().items() if k != key})
    say(f"{key} = {default} (default)")
