"""The guard at the door: refuses foreign hosts and origins, asks for the token, bounds bodies.

Only this machine may talk to a door that has no token. A page of another site that the browser has open is a
foreign origin; a name that an attacker points at 127.0.0.1 (DNS rebinding) is a foreign host.
"""

from __future__ import annotations

import hmac
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assay.api.door import Access
from assay.errors import AssayError, ForbiddenError, TooLargeError

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
COOKIE = "assay_token"
MAX_BODY = 64 << 20
_COOKIE_DAYS = 30


class Guard:
    """ASGI middleware; see the module's description."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass or answer it with a problem document."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_origin(scope, headers)
            _check_length(headers)
            offered = self._check_token(scope, headers)
        except AssayError as error:
            problem = JSONResponse(error.to_problem(), status_code=error.status, media_type="application/problem+json")
            await problem(scope, receive, send)
            return
        if offered:
            target = RedirectResponse(_without_token(scope), status_code=303)
            # lax: the link may be clicked in a terminal on a web page, and the redirect must take the cookie along
            target.set_cookie(COOKIE, offered, max_age=_COOKIE_DAYS * 86_400, httponly=True, samesite="lax", path="/")
            await target(scope, receive, send)
            return
        await self.app(scope, _bounded(receive), send)

    def _check_host(self, headers: Headers) -> None:
        host = _host_name(f"//{headers.get('host', '')}")
        if self.access.any_host or host in LOCAL_HOSTS or host in self.access.hosts:
            return
        raise ForbiddenError(
            "The request is for another host.",
            item=host or "no Host header",
            expected="localhost, or a name given with --allowed-host",
            actual=host or "nothing",
        )

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site") == "cross-site" and not _is_followed_link(scope, headers):
                raise ForbiddenError(
                    "The request comes from another site.",
                    expected="this app's own pages",
                    actual="cross-site",
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

    def _check_token(self, scope: Scope, headers: Headers) -> str | None:
        """Return the token when it came in the address and is to become a cookie."""
        token = self.access.token
        if token is None:
            return None
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        cookie = _read_cookie(headers.get("cookie", ""))
        in_address = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if scheme.lower() == "bearer" and _equal(bearer, token):
            return None
        if cookie and _equal(cookie, token):
            return None
        if in_address and _equal(in_address, token) and scope["method"] == "GET":
            return token
        raise ForbiddenError(
            "This Assay asks for its token.",
            expected="the link that `assay start` printed",
            actual="a wrong token" if in_address or bearer or cookie else "no token",
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


def _read_cookie(header: str) -> str | None:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value.strip('"')
    return None


def _without_token(scope: Scope) -> str:
    """Return the address that was asked for, on this host, without the token in its query."""
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    rest = urlencode([(key, value) for key, value in query if key != "token"])
    path: str = scope["path"]
    return "/" + path.lstrip("/\\") + (f"?{rest}" if rest else "")


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
