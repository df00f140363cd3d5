"""What a user asks for at a path of their own is there whole, or what was there before is."""

from __future__ import annotations

import os
import stat
import threading
from contextlib import contextmanager

import pytest

from assay.errors import StorageError
from assay.outputs import write_text, writing


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_a_new_file_appears_when_it_is_whole(tmp_path):
    file = tmp_path / "out.csv"
    with writing(file) as opened:
        opened.write(b"a,b\n")
        assert not file.exists()
    assert file.read_bytes() == b"a,b\n"
    assert names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_was_there_stays_when_writing_fails_or_is_interrupted(tmp_path, end):
    file = tmp_path / "out.csv"
    file.write_text("before")
    with pytest.raises(end), writing(file) as opened:  # noqa: PT012 - what it is about
        opened.write(b"half")
        raise end
    assert file.read_text() == "before"
    assert names(tmp_path) == ["out.csv"]


def test_a_file_that_is_replaced_hands_on_its_permissions(tmp_path):
    file = tmp_path / "out.csv"
    file.touch(mode=0o600)
    write_text(file, "ü")
    assert (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) == (0o600, "ü".encode())


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "disk").mkdir()
    for name in ("there.csv", "new.csv"):
        (tmp_path / name).symlink_to(tmp_path / "disk" / name)
    (tmp_path / "disk" / "there.csv").write_text("before")
    for name in ("there.csv", "new.csv"):
        write_text(tmp_path / name, "after")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "disk" / name).read_text() == "after"


@contextmanager
def drained(pipe):
    """Make a pipe and read all that comes into it; the list that is given holds it in the end."""
    os.mkfifo(pipe)
    reader, read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), []
    os.set_blocking(reader, True)
    keeper = os.open(
        pipe, os.O_WRONLY
    )  # else there is nothing to read, and the thread at its end, before it is written to

    def drain():
        while part := os.read(reader, 1 << 16):
            read.append(part)

    thread = threading.Thread(target=drain)
    thread.start()
    yield read
    os.close(keeper)
    thread.join()
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    with drained(tmp_path / "pipe") as read:
        write_text(tmp_path / "pipe", "x" * 300_000)
    assert b"".join(read) == b"x" * 300_000
    with pytest.raises(StorageError):  # nobody reads it any more, and nobody waits for that
        write_text(tmp_path / "pipe", "x")


def test_a_folder_and_a_place_that_is_not_there_are_errors_that_name_it(tmp_path):
    for place in (tmp_path, tmp_path / "gone" / "out.csv"):
        with pytest.raises(StorageError) as caught:
            write_text(place, "x")
        assert caught.value.item == str(place)
    assert names(tmp_path) == []


@pytest.mark.parametrize("command", [("tag", "export"), ("export", "coco", "--force")])
def test_commands_write_into_a_pipe_what_they_write_into_a_file(cli, workspace, tmp_path, command):
    with drained(tmp_path / "pipe") as read:
        for place in ("pipe", "file"):
            run = cli(*command, "-o", tmp_path / place, "-t", workspace / "colors")
            assert run.code == 0, run.err
    assert b"".join(read) == (tmp_path / "file").read_bytes()
