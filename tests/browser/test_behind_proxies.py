"""The web app in a browser, under a path of a proxy and by the link that is printed."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.conftest import Assay
from tests.proxies import proxy

PATH = "/user/ann/proxy/8000"


@pytest.fixture(params=[False, True], ids=["this user", "everybody asked"])
def served(tmp_path, request):
    """An app under a root path; give its address and the query that lets in."""
    running = Assay().start(tmp_path, "--root-path", PATH, *(["--host", "0.0.0.0"] if request.param else []))
    secret = json.loads((tmp_path / ".assay-server.lock").read_text())["secret"]
    yield running.url, f"?token={secret}" if request.param else ""
    running.stop()


def look(browser, address: str, query: str) -> None:
    """Open the projects, reload, and open a page of its own address; nothing outside the path may be asked for."""
    context = browser.new_context()
    page = context.new_page()
    context.set_default_timeout(60_000)
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(f"{address}/{query}")
    expect(page.get_by_text("Projects").first).to_be_visible(timeout=60_000)
    assert page.url == f"{address}/"
    page.reload()
    expect(page.get_by_text("Projects").first).to_be_visible(timeout=60_000)
    page.goto(f"{address}/p/nothing/explorer")
    expect(page.get_by_text("nothing").first).to_be_visible(timeout=60_000)
    assert errors == []
    assert [url for url in asked if url.startswith("http") and not url.startswith(f"{address}/")] == []
    assert any("/api/projects" in url for url in asked)
    context.close()


@pytest.mark.parametrize("strips", [True, False], ids=["path taken off", "path left on"])
def test_the_app_works_behind_either_kind_of_proxy(browser, served, strips):
    url, query = served
    with proxy(url, PATH, strips=strips) as address:
        look(browser, address, query)


def test_the_printed_link_works_without_the_proxy(browser, served):
    url, query = served
    look(browser, f"{url}{PATH}", query)
