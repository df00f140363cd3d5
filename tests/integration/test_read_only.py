"""Projects that nobody here may write, as on a shared disk: what only reads works, what writes says why not."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from assay.project.manifest import MANIFEST


@pytest.fixture
def deprived(workspace, tmp_path, monkeypatch):
    """Give a context in which nothing of the workspace may be written by the commands that are started."""

    @contextmanager
    def deprive():
        modes = {path: path.stat().st_mode for path in (workspace, *workspace.rglob("*"))}
        if os.geteuid() == 0:  # root may write whatever the modes say, until that right is taken away
            if shutil.which("setpriv") is None:
                pytest.skip("there is no setpriv to run commands with fewer rights than root's")
            python = tmp_path / "python"
            python.write_text(f'#!/bin/sh\nexec setpriv --inh-caps=-all --bounding-set=-all {sys.executable} "$@"\n')
            python.chmod(0o755)
            monkeypatch.setattr("sys.executable", str(python))
        try:
            for path, mode in modes.items():
                path.chmod(mode & ~0o222)
            probe = "import os, sys; sys.exit(os.access(sys.argv[1], os.W_OK))"
            target = str(workspace / "colors" / MANIFEST)
            if subprocess.run([sys.executable, "-c", probe, target], check=False).returncode:
                pytest.skip("the right to write cannot be given up here")
            yield
        finally:
            for path, mode in modes.items():
                path.chmod(mode)

    return deprive


def test_a_project_that_cannot_be_written_is_read_and_exported(assay, workspace, deprived, tmp_path, dataset):
    assert assay("tag", "add", "odd", "-t", workspace, "--query", "meta.gain>2").code == 0
    reading = (
        ["query", "-t", workspace, "--json"],
        ["query", "-t", workspace, "--fields", "brightness,width"],
        ["tag", "export", "-t", workspace],
        ["metric", "list", "-t", workspace],
        ["meta", "list", "-t", workspace],
        ["project", "list", "-t", workspace],
    )
    writing = (
        ["tag", "add", "even", "-t", workspace, "--query", "meta.gain<2"],
        ["refresh", "-t", workspace],
        ["export", "coco", "-t", workspace, "-o", workspace / "colors" / "out.json"],
    )
    before = assay.several(*reading)
    assert [run.code for run in before] == [0] * len(reading)
    with deprived():
        assert assay.several(*reading) == before
        run, *refused = assay.several(
            ["export", "coco", "-t", workspace, "-o", tmp_path / "out.json", "--json"], *writing
        )
        assert (run.code, run.json["records"]["annotations"]) == (0, 18)
        assert json.loads((tmp_path / "out.json").read_text()) == dataset.content
        for run in refused:
            assert run.code == 1
            assert "may be written" in run.err or "writable" in run.err


def test_the_app_opens_on_a_project_that_cannot_be_written(assay, workspace, deprived):
    with deprived():
        app = assay.start(workspace / "colors")
        assert app.get("/api/projects/colors")["images"] == 6
        assert app.get("/api/projects/colors/images/0")["file_name"] == "00000.jpg"
        [opening] = [c for c in app.get("/api/projects/colors/doctor")["checks"] if c["check"] == "opening"]
        assert "can be looked at, but not changed" in opening["findings"][0]["message"]
        assert app.stop().code == 0
