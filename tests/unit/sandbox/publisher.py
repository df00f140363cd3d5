"""A web server on this machine that misbehaves on request."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Publisher:
    """Serves files, and notes what is asked for.

    Attributes:
        files: Path to content.
        following: How the next requests are answered; once it is empty, as a good server answers.
        ranges: Whether the server knows the header `Range`.
        asked: Path and `Range` of each request.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.following: deque[Answer] = deque()
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                publisher.asked.append((self.path, self.headers.get("Range")))
                content = publisher.files.get(self.path)
                if publisher.following:
                    publisher.following.popleft()(self, content or b"")
                elif content is None:
                    refuse(404)(self, b"")
                else:
                    give(self, content, ranges=publisher.ranges)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        """Return the address of a file."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def give(request: BaseHTTPRequestHandler, content: bytes, *, ranges: bool = True) -> None:
    """Answer with the file, or with the rest of it that is asked for."""
    asked = request.headers.get("Range")
    first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and ranges else 0
    request.send_response(206 if first else 200)
    if first:
        request.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
    request.send_header("Content-Length", str(len(content) - first))
    request.end_headers()
    request.wfile.write(content[first:])


def break_after(count: int) -> Answer:
    """Return an answer that promises the rest of the file and closes the connection after `count` bytes of it."""

    def answer(request: BaseHTTPRequestHandler, content: bytes) -> None:
        asked = request.headers.get("Range")
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        request.send_response(206 if first else 200)
        request.send_header("Content-Length", str(len(content) - first))
        request.end_headers()
        request.wfile.write(content[first : first + count])
        request.close_connection = True

    return answer


def refuse(status: int) -> Answer:
    """Return an answer of nothing but a status."""

    def answer(request: BaseHTTPRequestHandler, _content: bytes) -> None:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def send_on_to(url: str) -> Answer:
    """Return an answer that names another address."""

    def answer(request: BaseHTTPRequestHandler, _content: bytes) -> None:
        request.send_response(302)
        request.send_header("Location", url)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer
