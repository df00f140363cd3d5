"""Where a user's settings lie, and the secret key there that signs what this user approves.

The key never leaves that folder: a project holds signatures, which say nothing about the key.
"""

from __future__ import annotations

import logging
import os
import secrets
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from assay.settings import config_path

logger = logging.getLogger(__name__)

KEY_BYTES = 32
_KEY_FILE = "approval.key"


@dataclass(frozen=True)
class UserKey:
    """The key, and what is wrong with it.

    Attributes:
        secret: 32 random bytes.
        folder: The user's settings.
        problem: Why the key holds for this process only; None where it is kept.
    """

    secret: bytes
    folder: Path
    problem: str | None = None


def _settings_folder() -> Path:
    base = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return Path(base or os.path.expanduser("~/.config")).absolute() / "assay"  # noqa: PTH111 - as above


_keys: dict[tuple[Path, ...], UserKey] = {}
_mutex = threading.Lock()


def user_key() -> UserKey:
    """Return the user's key, made at its first use.

    Where it can neither be read nor written, it is a random one that holds until the process ends: what is approved
    meanwhile is asked for again by the next.
    """
    configured = config_path().parent  # /dev with ASSAY_CONFIG=/dev/null, which says that there are no settings
    folders = tuple(dict.fromkeys(f for f in (configured, _settings_folder()) if f != Path(os.devnull).parent))
    with _mutex:
        if folders not in _keys:
            _keys[folders] = _find(folders)
        return _keys[folders]


def _find(folders: tuple[Path, ...]) -> UserKey:
    """Return the key of the first folder that can keep one."""
    problems = []
    for folder in folders:
        try:
            return UserKey(_load(folder / _KEY_FILE), folder)
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            problems.append(f"{folder / _KEY_FILE}: {reason}")
    problem = "; ".join(problems)
    logger.warning("Approvals are forgotten when this process ends, as their key cannot be kept: %s", problem)
    return UserKey(secrets.token_bytes(KEY_BYTES), folders[-1], problem)


def _load(file: Path) -> bytes:
    try:
        return _read(file)
    except FileNotFoundError:
        _make(file)
        return _read(file)


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        status = os.fstat(stream.fileno())
        if hasattr(os, "getuid"):
            if status.st_uid != os.getuid():
                raise ValueError(f"it belongs to user {status.st_uid}")
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise ValueError("others may read it: make it anew, or `chmod 600` it if nobody has")
        secret = stream.read(KEY_BYTES + 1)
    if len(secret) != KEY_BYTES:
        raise ValueError(f"it has {len(secret)} bytes instead of {KEY_BYTES}: remove it, and a new one is made")
    return secret


def _make(file: Path) -> None:
    """Write a new key, whole at once; the key of another process which is faster stays."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_name(f"{_KEY_FILE}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(temporary, file)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not file.exists():
                temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
