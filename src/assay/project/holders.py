"""Whether a lock file may say where an app is: a folder that others write to may hold one that they have made up."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from assay.errors import ForbiddenError
from assay.project.sockets import listener_uid, own_uid

_WRITABLE_BY_OTHERS = 0o022
_HINT = "Whoever can write to that folder may have put it there. Stop that process, or use a folder of your own."


def is_loopback(host: str) -> bool:
    """Tell whether a host, as an address names it, is this machine and no other."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def check_url(path: Path, url: str, status: os.stat_result) -> None:
    """Refuse an app's address that another user may have written, or that leads to another machine or user.

    Where files have no modes of their own (a Windows drive, a network share), whose the listening socket is decides.

    Args:
        path: The lock file that it stands in.
        url: The address.
        status: Of the lock file that was read.

    Raises:
        ForbiddenError: the address is not to be believed.
    """
    address = _loopback_address(url)
    if address is None:
        raise ForbiddenError(
            "A lock file names an address that no app has.",
            item=str(path),
            expected="an address of this machine, such as http://127.0.0.1:8000",
            actual=url[:200],
            hint=_HINT,
        )
    mine = own_uid()
    if mine is None:
        return
    listens = listener_uid(address)
    open_to_others = bool(status.st_mode & _WRITABLE_BY_OTHERS) and listens != mine
    if status.st_uid != mine or open_to_others:
        raise ForbiddenError(
            "A lock file that is not yours alone says where the app is.",
            item=str(path),
            expected=f"a file of user {mine} that nobody else can write",
            actual=f"a file of user {status.st_uid}, mode {status.st_mode & 0o777:o}",
            hint=_HINT,
        )
    if listens is not None and listens != mine:
        raise ForbiddenError(
            "Another user's program listens where a lock file says that the app is.",
            item=url,
            expected=f"a program of user {mine}",
            actual=f"a program of user {listens}",
            hint=_HINT,
        )


def _loopback_address(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    plain = parts.scheme == "http" and not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if not plain or port is None or not is_loopback(host):
        return None
    return ("127.0.0.1" if host == "localhost" else host), port
