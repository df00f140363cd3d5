"""Whose a socket is, as the system tells it."""

from __future__ import annotations

import socket
import sys

import pytest
from tests.other_user import OTHER, as_user, needs_root

from assay.project import sockets
from assay.project.sockets import can_tell_users, listener_uid, own_uid, peer_uid

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")


def listen(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, 0), family=family, dualstack_ipv6=host == "::")
    except OSError:
        pytest.skip(f"this machine has no {host}")


def connect_as(uid: int, to: str, port: int) -> socket.socket:
    with as_user(uid):
        client = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET)
    client.connect((to, port))
    return client


def test_this_system_tells():
    assert can_tell_users()


@needs_root
@pytest.mark.parametrize("uid", [0, OTHER, 4_000_000])
@pytest.mark.parametrize(
    ("host", "to"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("127.0.0.5", "127.0.0.5"),
        ("::1", "::1"),
        ("::", "127.0.0.1"),
        ("::", "::1"),
    ],
)
def test_a_client_is_the_user_whose_socket_it_is(uid, host, to):
    with listen(host) as listener, connect_as(uid, to, listener.getsockname()[1]) as client:
        connection, _ = listener.accept()
        with connection:
            assert peer_uid(connection) == uid
            client.shutdown(socket.SHUT_WR)  # it has said all, and waits for the answer
            assert peer_uid(connection) == uid


@pytest.mark.parametrize("linger", [True, False])
def test_a_client_that_is_gone_is_nobody(linger):
    """A closed socket is listed as root's, and its port may be anybody's next."""
    with listen("127.0.0.1") as listener:
        client = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            assert peer_uid(connection) == own_uid()
            if not linger:  # reset
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            assert peer_uid(connection) is None


def test_users_that_this_process_cannot_tell_apart_are_nobody(monkeypatch):
    monkeypatch.setattr(sockets, "_nobody_known", own_uid)
    with listen("127.0.0.1") as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert peer_uid(connection) is None


def test_a_system_without_the_table_knows_nobody(monkeypatch):
    monkeypatch.setattr(sockets, "_TABLES", {4: "/nothing/tcp", 6: "/nothing/tcp6"})
    with listen("127.0.0.1") as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert peer_uid(connection) is None
        assert listener_uid(listener.getsockname()) is None


@pytest.mark.parametrize("bound", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_listener_is_known_by_any_address_that_it_answers_at(bound):
    with listen(bound) as listener:
        port = listener.getsockname()[1]
        assert listener_uid(("::1" if bound == "::1" else "127.0.0.1", port)) == own_uid()
    assert listener_uid(("127.0.0.1", port)) is None
