"""A full disk: a clear error, nothing changed, and the project answers again by itself."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from assay.errors import StorageError
from assay.project.lock import Holder
from assay.project.workspace import Workspace


def test_a_full_disk_is_told_of_and_the_project_goes_on_once_there_is_room(small_disk):
    workspace = Workspace(small_disk, Holder(pid=1))
    store = workspace.create("p")
    with store.write() as cursor:
        cursor.execute("CREATE TABLE filling (number BIGINT, text VARCHAR)")
    ballast = small_disk / "ballast"
    room = shutil.disk_usage(small_disk).free
    ballast.write_bytes(b"x" * (room - 200_000))
    with pytest.raises(StorageError) as caught, store.write() as cursor:
        cursor.execute("INSERT INTO filling SELECT range, md5(range::VARCHAR) FROM range(100000)")
    assert "No space left on device" in caught.value.actual
    store.checkpoint()  # has no room either, and the database gives up
    again = workspace.get("p")
    with again.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM filling").fetchall() == [(0,)]
    ballast.unlink()
    again = workspace.get("p")
    with again.write() as cursor:
        cursor.execute("INSERT INTO filling SELECT range, 'x' FROM range(1000)")
    workspace.close()
    workspace = Workspace(small_disk, Holder(pid=1))
    with workspace.get("p").read() as cursor:
        assert cursor.execute("SELECT count(*) FROM filling").fetchall() == [(1000,)]
    workspace.close()


def test_a_database_that_has_given_up_is_opened_anew_by_the_next_request(workspace):
    opened = Workspace(workspace, Holder(pid=1))
    store = opened.get("colors")
    with pytest.raises(StorageError), store.write():
        raise duckdb.FatalException("FATAL Error: database has been invalidated because of a previous fatal error")
    again = opened.get("colors")
    assert again is not store
    with again.read() as cursor:
        assert cursor.execute("SELECT count(*) FROM image").fetchall() == [(6,)]
    opened.close()
