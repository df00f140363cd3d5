"""Whose a TCP socket of this machine is: Linux lists them all, with their users, in /proc/net/tcp and tcp6.

A closed socket is listed as root's until it is forgotten, so only sockets that a process still holds count. Ports are
used again: whose the other end of a connection is holds only while this end is connected, which is checked last.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_TABLES = {4: "/proc/net/tcp", 6: "/proc/net/tcp6"}
_CONNECTED = frozenset({b"01", b"04", b"05"})  # established, or it has said all that it has to say
_LISTENING = frozenset({b"0A"})
_OWN_CONNECTED = frozenset({1, 8})  # TCP_INFO: established, or the other end has said all
_TRIES = 3  # an entry can be passed over while others come and go

Address = tuple[str, int]


def own_uid() -> int | None:
    """Return the user whom this process's sockets and files belong to; None where the system has no such numbers."""
    return os.geteuid() if sys.platform != "win32" else None


@cache
def can_tell_users() -> bool:
    """Tell whether this system says whose a connection is, by making one."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                uid = peer_uid(connection)
                return uid is not None and uid == own_uid()
    except OSError:
        return False


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user whose process holds the other end of a connection within this machine; None if unknown."""
    try:
        peer, here = connection.getpeername()[:2], connection.getsockname()[:2]
        uid = _find(peer, here, _CONNECTED)
        state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except (OSError, AttributeError, ValueError):  # not connected any more, or a system without all this
        return None
    return uid if state in _OWN_CONNECTED else None


def listener_uid(address: Address) -> int | None:
    """Return the user whose process listens at an address of this machine; None if unknown."""
    try:
        anywhere = "::" if ":" in address[0] else "0.0.0.0"  # noqa: S104 - compared with, not bound to
        for host in (address[0], anywhere, "::"):
            uid = _find((host, address[1]), ("::" if ":" in host else "0.0.0.0", 0), _LISTENING)  # noqa: S104 - as above
            if uid is not None:
                return uid
    except (OSError, ValueError):
        pass  # a system without such a table
    return None


def _find(local: Address, remote: Address, states: frozenset[bytes]) -> int | None:
    for _ in range(_TRIES):
        for table, local_text, remote_text in _spellings(local, remote):
            needle = f": {local_text} {remote_text} ".encode()
            with Path(table).open("rb") as lines:
                for line in lines:
                    if needle in line:
                        fields = line.split()
                        state, uid, inode = fields[3], int(fields[7]), int(fields[9])
                        if state in states and inode:
                            return None if uid == _nobody_known() else uid
    return None


def _spellings(local: Address, remote: Address) -> Iterator[tuple[str, str, str]]:
    """Return in which table, and how, a socket between two addresses may be listed.

    An IPv4 connection may be made with a socket of IPv6, at either end.
    """
    here, there = _plain(local[0]), _plain(remote[0])
    if isinstance(here, ipaddress.IPv4Address) and isinstance(there, ipaddress.IPv4Address):
        yield _TABLES[4], _spell(here.packed, local[1]), _spell(there.packed, remote[1])
        here, there = (ipaddress.IPv6Address(f"::ffff:{each}") for each in (here, there))
    if os.path.exists(_TABLES[6]):  # noqa: PTH110 - a kernel without IPv6 has none
        yield _TABLES[6], _spell(here.packed, local[1]), _spell(there.packed, remote[1])


def _plain(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _spell(packed: bytes, port: int) -> str:
    """Return an address as the kernel writes it: words of four bytes as numbers of this machine, and the port."""
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


@cache
def _nobody_known() -> int | None:
    """Return the number that stands for every user whom this process's user namespace does not know."""
    try:
        first, _, count = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
        if (first, count) == ("0", "4294967295"):
            return None
        return int(Path("/proc/sys/kernel/overflowuid").read_text(encoding="ascii"))
    except (OSError, ValueError):  # several ranges
        return 65_534
