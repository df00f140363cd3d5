"""A served workspace and a headless Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from assay.client.connection import connect
from tests.conftest import Assay

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
WIDTH, HEIGHT = 1440, 900
LIMIT_MS = 30_000  # to wait for what will come; a machine at work on something else is slow
expect.set_options(timeout=LIMIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str:
    for name in (os.environ.get("ASSAY_CHROMIUM"), *CHROMIUMS):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.fail("no Chromium found: run `make chromium`, or set ASSAY_CHROMIUM to one")


@dataclass
class Served:
    """A workspace that an app serves."""

    url: str
    workspace: Path


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running app on a workspace with a small quickstart project."""
    folder = tmp_path_factory.mktemp("workspace")
    with connect(folder, actor="test") as connection:
        connection.run_job("/api/sandboxes/quickstart", {"images": 30})
    assay = Assay()
    running = assay.start(folder)
    yield Served(running.url, folder)
    assert running.stop().code == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Watch:
    """What must not happen while a page is open."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[[str, str], BrowserContext]:
    """A context by app and colour scheme: what a page has fetched and compiled is at hand for the next one."""

    @lru_cache
    def make(url: str, scheme: str) -> BrowserContext:
        context = browser.new_context(
            base_url=url, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=cast("Any", scheme)
        )
        context.set_default_timeout(LIMIT_MS)
        return context

    return make


@pytest.fixture(params=["light"])
def page(contexts: Callable[[str, str], BrowserContext], app: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on the app that knows nothing of earlier ones.

    After the test no script error and no request to another host may have occurred.
    """
    watch = Watch()
    context = contexts(app.url, request.param)
    opened = context.new_page()
    opened.on("pageerror", lambda error: watch.errors.append(str(error)))
    opened.on(
        "request",
        lambda sent: (
            watch.foreign.append(sent.url)
            if urlsplit(sent.url).scheme in ("http", "https") and not sent.url.startswith(app.url)
            else None
        ),
    )
    yield opened
    session = context.new_cdp_session(opened)
    session.send("Storage.clearDataForOrigin", {"origin": app.url, "storageTypes": "local_storage,session_storage"})
    context.clear_cookies()
    for each in context.pages:
        each.close()
    assert watch.errors == []
    assert watch.foreign == []
