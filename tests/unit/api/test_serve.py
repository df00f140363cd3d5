"""The socket that the app listens on."""

from __future__ import annotations

import socket

from tests.conftest import free_port

from assay.api.serve import _listen_at


def test_small_answers_do_not_wait_for_an_acknowledgement():
    """asyncio turns off Nagle's algorithm only on sockets that say they are TCP; with it an answer took 40 ms more."""
    with _listen_at("127.0.0.1", free_port()) as listener:
        assert listener.proto == socket.IPPROTO_TCP
