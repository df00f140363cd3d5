"""The answers to who comes without the token, or with it in the address: a page for browsers, a problem for others."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from assay.api.app import Access
from assay.api.rootpath import path_below
from assay.errors import AssayError, UnauthorizedError

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_COOKIE_AGE_S = 30 * 86_400
_SLASHES = "/\\"  # browsers take two of either for the beginning of a host
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    {refresh}<title>Assay</title>
    <style>
      body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }}
      h1 {{ font-size: 1.25rem; margin: 0 0 0.75rem; }}
      code {{ font: 0.9em ui-monospace, monospace; }}
      form {{ display: flex; gap: 0.5rem; margin: 1.5rem 0; }}
      input {{ flex: 1; min-width: 0; }}
      input, button {{ font: inherit; padding: 0.4rem 0.75rem; }}
      .aside {{ opacity: 0.75; font-size: 0.875rem; }}
    </style>
  </head>
  <body>
{body}
  </body>
</html>
"""
_REFUSED = """    <h1>This Assay asks for its link</h1>
    <p>Whoever started it needs none on the same machine; it cannot tell that you are this user.</p>
    <p>The link is in the terminal in which Assay was started. <code>assay start</code>, typed again for the same
      folder, prints it: <code>http://…?token=…</code></p>
    <form method="get">
      <input name="token" type="password" aria-label="Token" placeholder="Or the token alone" autocomplete="off"
        required />
      <button>Open</button>
    </form>
    <p class="aside">Programs send the header <code>Authorization: Bearer TOKEN</code>.</p>"""


def refuse(error: AssayError, headers: Headers) -> Response:
    """Answer a request that is not let in: with a page where a browser without the token asks for one."""
    if isinstance(error, UnauthorizedError):
        asks = {"WWW-Authenticate": "Bearer"}
        if "text/html" in headers.get("accept", ""):
            return HTMLResponse(_PAGE.format(refresh="", body=_REFUSED), error.status, headers=asks | _HEADERS)
        return JSONResponse(error.to_problem(), error.status, asks, media_type="application/problem+json")
    return JSONResponse(error.to_problem(), error.status, media_type="application/problem+json")


def enter(scope: Scope, headers: Headers, access: Access) -> Response:
    """Answer a link that has the token: with a cookie, and the same address without it.

    A strict cookie is not sent along while a link of another site is followed, redirects included: whoever comes
    from there gets a page of ours that goes on by itself.
    """
    target = _without_token(scope, access.root_path)
    if _comes_from_elsewhere(headers):
        goes_on = f'<meta http-equiv="refresh" content="0; url={escape(target, quote=True)}" />\n    '
        body = f'    <p><a href="{escape(target, quote=True)}">Assay</a></p>'
        answer: Response = HTMLResponse(_PAGE.format(refresh=goes_on, body=body), headers=_HEADERS)
    else:
        answer = RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(
        access.cookie,
        access.token or "",
        max_age=_COOKIE_AGE_S,
        path=access.root_path or "/",
        httponly=True,
        samesite="strict",
        secure=scope.get("scheme") == "https",
    )
    return answer


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Tell whether another site's page led here; browsers say so only to https and to their own machine."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "cross-site"
    referrer = urlsplit(headers.get("referer", "")).netloc
    return bool(referrer) and referrer != headers.get("host")


def _without_token(scope: Scope, root: str) -> str:
    """Return the address that was asked for, on this host, without the token in its query."""
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    rest = urlencode([(key, value) for key, value in query if key != "token"])
    return f"{root}/{quote(path_below(scope).lstrip(_SLASHES))}" + (f"?{rest}" if rest else "")
