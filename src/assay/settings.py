"""The user's own defaults, in one JSON file; an environment variable overrules each: ``ASSAY_PORT`` for ``port``."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.errors import NotFoundError, StorageError, UsageError
from assay.ownfiles import replacing

Value = str | int | bool | None

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_SIZE = re.compile(r"(\d{1,12})\s*([KMGT]?)B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True)
class Setting:
    """A setting.

    Attributes:
        default: Its value where the user has set none.
        meaning: What it is about.
        kind: What a value is; a size is a text such as ``2GB``.
        greatest: Of a number.
    """

    default: Value
    meaning: str
    kind: Literal["text", "flag", "number", "size"] = "text"
    greatest: int = 65_535


SETTINGS = {
    "port": Setting(8000, "the port that `assay start` listens at", "number"),
    "host": Setting("127.0.0.1", "the address that `assay start` listens at"),
    "browser": Setting(True, "whether `assay start` opens the browser", "flag"),
    "memory_limit": Setting(None, "the database's share of memory, such as 4GB"),
    "max_image_pixels": Setting(400_000_000, "the largest image that is decoded, in pixels", "number", 1 << 30),
    "pixel_budget": Setting(
        "1200MB", "the memory that pictures are decoded in at the same time; of large ones fewer at once", "size"
    ),
    "max_image_file": Setting("256MB", "the largest image file that is read, beside 8 bytes a pixel", "size"),
    "max_label_file": Setting("256MB", "the largest label file, or record of one, that is read as a whole", "size"),
}


def config_path() -> Path:
    """Return the path of the settings file: ``$ASSAY_CONFIG``, else the system's place for settings."""
    if os.environ.get("ASSAY_CONFIG"):
        return Path(os.environ["ASSAY_CONFIG"]).expanduser()
    base = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "assay" / "config.json"


def setting(key: str) -> Value:
    """Return a setting's value: the environment's, else what the user has set, else the default.

    Raises:
        UsageError: the environment's does not fit, or the file cannot be read.
    """
    variable = os.environ.get(f"ASSAY_{key.upper()}")
    if variable:
        return parse_setting(key, variable)
    return read_settings().get(key, SETTINGS[key].default)


def setting_number(key: str) -> int:
    """Return a number, or a size in bytes.

    Raises:
        UsageError: as :func:`setting`; or somebody has written something else into the file.
    """
    value = parse_setting(key, str(setting(key)))
    return value if isinstance(value, int) else _size(str(value))


def read_settings() -> dict[str, Value]:
    """Return the user's settings by key.

    Raises:
        UsageError: the settings file cannot be read, or is no JSON object.
    """
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


def write_settings(values: dict[str, Value]) -> None:
    """Write the user's settings.

    Raises:
        StorageError: the file cannot be written.
    """
    path = config_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps(values, indent=1).encode())
    except OSError as error:
        raise StorageError(
            "The settings cannot be written.",
            item=str(path),
            expected="a writable folder",
            actual=error.strerror or str(error),
        ) from error


def check_setting(key: str) -> Setting:
    """Return a setting by its name.

    Raises:
        NotFoundError: there is none.
    """
    if key not in SETTINGS:
        raise NotFoundError(
            "There is no such setting.", item=key, expected=", ".join(SETTINGS), actual="an unknown name"
        )
    return SETTINGS[key]


def parse_setting(key: str, text: str) -> Value:
    """Return the value that a text is for a setting.

    Raises:
        NotFoundError: there is no such setting.
        UsageError: the value does not fit.
    """
    setting = check_setting(key)
    if setting.kind == "flag":
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        raise UsageError("The value does not fit.", item=key, expected="true or false", actual=text)
    if setting.kind == "number":
        digits = text.replace("_", "").replace(",", "")
        if digits.isascii() and digits.isdigit() and len(digits) <= 12 and 1 <= int(digits) <= setting.greatest:
            return int(digits)
        expected = f"a number from 1 to {setting.greatest}"
        raise UsageError("The value does not fit.", item=key, expected=expected, actual=text)
    if setting.kind == "size" and (not _SIZE.fullmatch(text) or _size(text) < 1):
        raise UsageError("The value does not fit.", item=key, expected="a size such as 2GB", actual=text)
    return text


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    assert match is not None  # noqa: S101 - parse_setting has seen to it
    return int(match[1]) * _UNITS[match[2].upper()]
