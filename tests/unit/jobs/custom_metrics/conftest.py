"""Files of metrics, and the command line that adds and runs them."""

from __future__ import annotations

import textwrap

import pytest


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Let the command line look for the end of a job more often: these jobs take no tenth of a second."""
    monkeypatch.setattr("assay.client.connection._POLL_S", 0.01)


@pytest.fixture
def define(tmp_path):
    """Write a file of metrics: `define("def …", name="mine.py")`."""

    def write(*parts, name="mine.py", header="from assay import metric\n"):
        file = tmp_path / name
        file.write_text(header + "\n".join(textwrap.dedent(part) for part in parts))
        return file

    return write


@pytest.fixture
def project(cli, workspace):
    """The project `colors` on the command line: `project("metric", "add", file)`."""
    return lambda *arguments: cli(*arguments, "-t", workspace)


@pytest.fixture
def column(project):
    """`column("brightness", scope="image")` returns the values that a query shows."""

    def ask(key, scope="image", *more):
        run = project("query", "--scope", scope, "--fields", key, "--json", *more)
        assert (run.code, run.err) == (0, "")
        return [item[key] for item in run.json["items"]]

    return ask


@pytest.fixture
def run_file(define, project):
    """Define metrics, add them, run them all and return how that ended."""

    def run(*parts, **options):
        added = project("metric", "add", define(*parts, **options), "--json")
        assert (added.code, added.err) == (0, "")
        return project("metric", "run", *[m["key"] for m in added.json], "--json")

    return run
