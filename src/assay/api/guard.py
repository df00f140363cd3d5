"""The guard at the door: refuses foreign hosts and origins, asks for the token, bounds bodies.

Only this machine may talk to a door that has no token. A page of another site that the browser has open is a
foreign origin; a name that an attacker points at 127.0.0.1 (DNS rebinding) is a foreign host.
"""

from __future__ import annotations

import hmac
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assay.api.door import Access
from assay.errors import AssayError, ForbiddenError, UsageError

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "assay.local"})
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
            self._check_origin(headers)
            _check_length(headers)
            offered = self._check_token(scope, headers)
        except AssayError as error:
            problem = JSONResponse(error.to_problem(), status_code=error.status, media_type="application/problem+json")
            await problem(scope, receive, send)
            return
        if offered:
            target = RedirectResponse(scope["path"], status_code=303)
            target.set_cookie(
                COOKIE, offered, max_age=_COOKIE_DAYS * 86_400, httponly=True, samesite="strict", path="/"
            )
            await target(scope, receive, send)
            return
        await self.app(scope, _bounded(receive), send)

    def _check_host(self, headers: Headers) -> None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if self.access.any_host or host in LOCAL_HOSTS or host in self.access.hosts:
            return
        raise ForbiddenError(
            "The request is for another host.",
            item=host or "no Host header",
            expected="localhost, or a name given with --allowed-host",
            actual=host or "nothing",
        )

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site") == "cross-site":
                raise ForbiddenError(
                    "The request comes from another site.",
                    expected="this app's own pages",
                    actual="cross-site",
                )
            return
        netloc = urlsplit(origin).netloc
        if netloc and netloc == headers.get("host"):
            return
        name = urlsplit(origin).hostname or ""
        if name in self.access.hosts:
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
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        in_address = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        if scheme.lower() == "bearer" and _equal(bearer, token):
            return None
        if cookie is not None and _equal(cookie.value, token):
            return None
        if in_address and _equal(in_address, token) and scope["method"] == "GET":
            return token
        raise ForbiddenError(
            "This Assay asks for its token.",
            expected="the link that `assay start` printed",
            actual="a wrong token" if in_address or bearer or cookie else "no token",
        )


def _equal(offered: str, token: str) -> bool:
    return hmac.compare_digest(offered.encode(), token.encode())


def _check_length(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_BODY:
        raise UsageError(
            "The request is too large.",
            expected=f"at most {MAX_BODY:,} bytes",
            actual=f"{int(length):,} bytes",
        )


def _bounded(receive: Receive) -> Receive:
    """Stop reading a body that goes on beyond the limit without having said so."""
    taken = 0

    async def take() -> dict[str, object]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY:
            raise UsageError("The request is too large.", expected=f"at most {MAX_BODY:,} bytes", actual="more")
        return dict(message)

    return take
