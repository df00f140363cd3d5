"""The wheel is all that a user needs: it carries the web app and the sandbox, and runs without Node."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import free_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the built wheel in it; returns its folder of commands."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("assay-*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    commands = folder / "venv" / "bin"
    subprocess.run([commands / "python", "-m", "pip", "install", "--quiet", wheel], check=True)
    return commands


def bare_environment(commands: Path) -> dict[str, str]:
    """A PATH with the environment's own commands only: no Node, no development tools."""
    kept = {key: value for key, value in os.environ.items() if key in ("HOME", "LANG", "TMPDIR")}
    return kept | {"PATH": str(commands)}


def test_the_wheel_makes_the_sandbox_and_serves_it_without_node(environment: Path, tmp_path: Path) -> None:
    variables = bare_environment(environment)
    assert shutil.which("node", path=variables["PATH"]) is None
    made = subprocess.run(
        [environment / "assay", "quickstart", "-t", tmp_path, "--no-start"],
        env=variables, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "200 images" in made.stdout
    port = free_port()
    command = [environment / "encord-active", "start", "-t", tmp_path, "--port", str(port), "--no-browser"]
    with subprocess.Popen(command, env=variables, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            page = fetch(f"http://127.0.0.1:{port}/")
            assert b'<div id="root">' in page
            assert b'"quickstart"' in fetch(f"http://127.0.0.1:{port}/api/projects")
            thumbnail = fetch(f"http://127.0.0.1:{port}/api/projects/quickstart/images/0/thumbnail")
            assert thumbnail[:3] == b"\xff\xd8\xff"
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(10) == 0


def fetch(url: str) -> bytes:
    """Return what a URL answers, once the server is up."""
    for _ in range(1200):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                content: bytes = answer.read()
                return content
        except ConnectionRefusedError:
            time.sleep(0.05)
        except OSError as error:
            if not isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise
            time.sleep(0.05)
    pytest.fail(f"nothing answers at {url}")
