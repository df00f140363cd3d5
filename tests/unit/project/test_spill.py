"""What does not fit into the database's memory goes beside the projects, and is gone afterwards."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from assay.project.database import Database
from assay.project.spill import SpillFolder

SORT = "SELECT count(*) FROM (SELECT md5(i::VARCHAR) AS m FROM range(1000000) r(i) ORDER BY m)"
TABLE = "CREATE TEMP TABLE t AS SELECT i, md5(i::VARCHAR) AS m FROM range(1500000) r(i)"


def test_spilled_data_lies_beside_the_projects(tmp_path, monkeypatch):
    typed_in = tmp_path / "typed-in"
    typed_in.mkdir()
    monkeypatch.chdir(typed_in)
    folder = tmp_path / "projects"
    folder.mkdir()
    database = Database(folder, "60MB")
    database.root.execute(TABLE)
    database.root.execute(SORT)
    spilled = [file for file in folder.rglob("*") if file.is_file()]
    assert spilled
    assert all(file.parent.name.startswith(".assay-spill-") for file in spilled)
    assert database.root.execute("SELECT current_setting('max_temp_directory_size')").fetchall()[0][0] == "18.6 GiB"
    database.close()
    assert list(folder.iterdir()) == list(typed_in.iterdir()) == []


def test_a_folder_that_cannot_be_written_spills_into_the_systems(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.project.spill.os.access", lambda *_: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    database = Database(Path("/nowhere"), "60MB")
    database.root.execute(TABLE)
    database.root.execute(SORT)
    assert any(file.is_file() for file in tmp_path.rglob("*"))
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:40]
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine, left, foreign = (
        tmp_path / f".assay-spill-{name}" for name in (f"{host}-{os.getppid()}", f"{host}-{ended.pid}", "other-1")
    )
    for folder in (mine, left, foreign):
        folder.mkdir()
    SpillFolder(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, foreign])
