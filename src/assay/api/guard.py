"""The guard of the API: refuses foreign hosts and origins, lets in whose app it is, bounds bodies.

Other users of the machine reach its ports, too: on Linux the system tells whose a connection is, so the user who
started the app needs nothing; everybody else, and other systems, need the token. A page of another site that the
browser has open is a foreign origin; a name that an attacker points at 127.0.0.1 (DNS rebinding) is a foreign host.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.api.app import Access
from assay.api.entrance import enter, refuse
from assay.api.rootpath import path_below
from assay.errors import AssayError, ForbiddenError, TooLargeError, UnauthorizedError
from assay.project.holders import is_loopback
from assay.project.sockets import own_uid, peer_uid

PEER = "assay_peer"
MAX_BODY = 64 << 20
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_FREE = "/api/health"
_NO_HOST = re.compile(r"[@/\\?#\s]")  # of an address, but not of its host


class Peer:
    """The other end of a connection; whose it is, is asked once and only when it matters."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    @cached_property
    def is_own_user(self) -> bool:
        """Whether a process of this user is known to hold it."""
        uid = peer_uid(self._connection)
        return uid is not None and uid == own_uid()


class Guard:
    """ASGI middleware; see the module's description."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass or answer it with a problem document."""
        if scope["type"] == "websocket":  # there are none
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send, scope)
        try:
            self._check_host(headers)
            _check_length(headers)
            self._check_origin(scope, headers)
            is_link = self._check_token(scope, headers)
        except AssayError as error:
            await refuse(error, headers)(scope, receive, send)
            return
        if is_link:
            await enter(scope, headers, self.access)(scope, receive, send)
            return
        await self.app(scope, _bounded(receive), send)

    def _check_host(self, headers: Headers) -> None:
        named = headers.get("host", "")
        host = "" if _NO_HOST.search(named) else _host_name(f"//{named}")
        if self.access.any_host or is_loopback(host) or host in self.access.hosts:
            return
        if self.access.any_address and _is_address(host):  # no name: nobody can have pointed it here
            return
        raise ForbiddenError(
            "The request is for another host.",
            item=host or named[:200] or "no Host header",
            expected="localhost, or a name given with --allowed-host",
            actual=host or "nothing",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            site = headers.get("sec-fetch-site")  # of the same site is what any user of the machine serves
            if site in ("cross-site", "same-site") and not _is_followed_link(scope, headers):
                raise ForbiddenError(
                    "The request comes from another site.",
                    expected="this app's own pages",
                    actual=site,
                )
            return
        origin_host = origin.partition("://")[2]
        if origin_host and origin_host == headers.get("host"):
            return
        if _host_name(origin) in self.access.hosts:
            return
        raise ForbiddenError(
            "The request comes from another site.",
            item=origin,
            expected="this app's own pages",
            actual=origin,
        )

    def _check_token(self, scope: Scope, headers: Headers) -> bool:
        """Return whether the token came in the address and is to become a cookie."""
        token = self.access.token
        if token is None or (path_below(scope) == _FREE and scope["method"] in ("GET", "HEAD")):
            return False
        in_address = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if in_address and scope["method"] == "GET" and _equal(in_address, token):
            return True
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(bearer.strip(), token):
            return False
        cookies = _read_cookies(headers, self.access.cookie)
        if any(_equal(cookie, token) for cookie in cookies):
            return False
        peer = scope.get("state", {}).get(PEER)
        if self.access.is_own_user_free and peer is not None and peer.is_own_user:
            return False
        raise UnauthorizedError(
            "This Assay asks for its token.",
            expected="the link that `assay start` printed, or the header Authorization: Bearer TOKEN",
            actual="a wrong token" if in_address or bearer or cookies else "no token",
            hint="`assay start`, typed again for the same folder, prints the link.",
        )


def _equal(offered: str, token: str) -> bool:
    return hmac.compare_digest(offered.encode(errors="replace"), token.encode())


def _host_name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _is_followed_link(scope: Scope, headers: Headers) -> bool:
    """Tell whether a person followed a link from another site to a page: that site gets to see nothing of it."""
    return (
        scope["method"] == "GET"
        and not scope["path"].startswith("/api/")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _read_cookies(headers: Headers, wanted: str) -> list[str]:
    """Return all cookies of a name: one for a path above this app's may be there as well."""
    pairs = (part.strip().partition("=") for header in headers.getlist("cookie") for part in header.split(";"))
    return [value.strip('"') for name, _, value in pairs if name == wanted]


def _with_headers(send: Send, scope: Scope) -> Send:
    """Tell the browser with every answer what it may not do with it."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if path_below(scope).startswith("/api/"):
                headers.setdefault("Content-Security-Policy", _DATA_POLICY)
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers


def _check_length(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > MAX_BODY):
        raise TooLargeError(
            "The request is too large.",
            expected=f"at most {MAX_BODY:,} bytes",
            actual=f"{length[:20]} bytes",
        )


def _bounded(receive: Receive) -> Receive:
    """Stop reading a body that goes on beyond the limit without having said so."""
    taken = 0

    async def take() -> dict[str, object]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY:
            raise HTTPException(413, f"The request is too large: at most {MAX_BODY:,} bytes are taken.")
        return dict(message)

    return take
