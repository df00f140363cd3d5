"""A served workspace and a headless Chromium for the browser tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from assay.client.connection import connect

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH, HEIGHT = 1440, 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str:
    for name in (os.environ.get("ASSAY_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.fail("no Chromium found: run `make chromium`, or set ASSAY_CHROMIUM to one")


@dataclass
class App:
    """A running `assay start`."""

    url: str
    workspace: Path


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a small quickstart project."""
    folder = tmp_path_factory.mktemp("workspace")
    with connect(folder, actor="test") as connection:
        connection.run_job("/api/sandboxes/quickstart", {"images": 30})
    return folder


@pytest.fixture(scope="session")
def app(workspace: Path) -> Iterator[App]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "assay.cli.main",
        "start",
        "-t",
        str(workspace),
        "--port",
        str(port),
        "--no-browser",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url)
        yield App(url, workspace)
        server.terminate()
        assert server.wait(10) == 0


def wait_until_up(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"no server at {url}")


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


@pytest.fixture(params=["light"])
def page(browser: Browser, app: App, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on the app; after the test no script error and no request to another host may have occurred."""
    watch = Watch()
    context = browser.new_context(
        base_url=app.url, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=request.param
    )
    context.set_default_timeout(10_000)
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
    context.close()
    assert watch.errors == []
    assert watch.foreign == []
