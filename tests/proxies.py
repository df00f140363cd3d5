"""A small real proxy that serves an app under a path, and takes that path off or leaves it on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te"}


@contextmanager
def proxy(app: str, path: str, *, strips: bool, upgrades: bool = False) -> Iterator[str]:
    """Serve an app under a path until the end of the block; give the address.

    Args:
        app: The app's own address.
        path: The path, such as ``/a/b``.
        strips: Whether the app is asked without the path.
        upgrades: Whether every request is passed on as one that could become a websocket, as many proxies are set up.
    """
    target = urlsplit(app)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            if self.path != path and not self.path.startswith((f"{path}/", f"{path}?")):
                self.send_response(404, "not below the path")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            asked = (self.path[len(path) :] or "/") if strips else self.path
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            if upgrades:
                headers |= {"Connection": "upgrade", "Upgrade": self.headers.get("upgrade", "websocket")}
            connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=60)
            connection.request(self.command, asked, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP | {"content-length", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward  # noqa: N815 - named by the library

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{path}"
        server.shutdown()
