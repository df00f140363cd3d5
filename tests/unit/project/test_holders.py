"""What a lock file may tell: only what nobody else can have written."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.other_user import OTHER, as_user, needs_root

from assay.client.connection import Connection
from assay.errors import BusyError, ForbiddenError
from assay.project.lock import PROJECT_LOCK, SERVER_LOCK, Holder, Lock, read_holder


@pytest.fixture
def plant(tmp_path):
    """Write a lock file that is held, as a process that wants to be believed would."""
    held = []

    def write(url, *, name="lock", mode=0o600, owner=None):
        path = tmp_path / name
        path.write_text(json.dumps({"pid": 1, "url": url, "secret": "x"}))
        path.chmod(mode)
        if owner is not None:
            os.chown(path, owner, -1)
        file = path.open("r+")
        fcntl.flock(file, fcntl.LOCK_EX)
        held.append(file)
        return path

    yield write
    for file in held:
        file.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.8.0.1:1"])
def test_an_app_on_this_machine_is_believed(plant, url):
    assert read_holder(plant(url)) == Holder(1, url, "x")


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example:8000",
        "http://192.168.0.7:8000",
        "http://localhost.evil.example:8000",
        "http://127.0.0.1.nip.io:8000",
        "http://127.0.0.1:8000@evil.example",
        "http://evil.example@127.0.0.1:8000",
        "http://127.0.0.1:8000/p/x",
        "http://127.0.0.1:8000?x",
        "http://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://[::1",
        "https://127.0.0.1:8000",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_that_no_app_has_is_an_error_that_says_so(plant, url):
    with pytest.raises(ForbiddenError, match="no app has") as error:
        read_holder(plant(url))
    assert error.value.actual == url


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_a_file_that_others_may_write_is_an_error_that_says_so(plant, mode):
    with pytest.raises(ForbiddenError, match="not yours alone") as error:
        read_holder(plant("http://127.0.0.1:1", mode=mode))
    assert f"mode {mode:o}" in error.value.actual


@needs_root
def test_a_file_of_another_user_is_an_error_that_says_so(plant):
    with pytest.raises(ForbiddenError, match="not yours alone") as error:
        read_holder(plant("http://127.0.0.1:1", owner=OTHER))
    assert f"user {OTHER}" in error.value.actual


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a listener is")
def test_an_address_at_which_another_user_listens_is_an_error_that_says_so(plant):
    with as_user(OTHER):
        listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises(ForbiddenError, match="Another user's program"):
        read_holder(plant(f"http://127.0.0.1:{listener.getsockname()[1]}"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a listener is")
def test_where_files_have_no_modes_the_own_listener_is_believed(plant):
    """On a Windows drive or a network share every file looks as if everybody could write it."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        assert read_holder(plant(url, mode=0o777)).url == url


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": "x"}', '{"pid": 1, "url": 5}', '{"url": "http://x"}'])
def test_a_file_that_says_nothing_is_that_of_an_unknown_holder(plant, text):
    path = plant("http://127.0.0.1:1")
    path.write_text(text)
    assert read_holder(path) == Holder(pid=-1)


def test_a_newer_version_may_say_more(plant):
    path = plant("http://127.0.0.1:1")
    path.write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:1", "secret": "x", "more": [1]}))
    assert read_holder(path).url == "http://127.0.0.1:1"


def test_a_client_is_not_sent_to_a_planted_address(plant, tmp_path, workspace):
    plant("http://evil.example:80", name=SERVER_LOCK)
    with pytest.raises(ForbiddenError, match="no app has"):
        Connection(tmp_path)
    plant("http://127.0.0.1:1", name=f"workspace/colors/{PROJECT_LOCK}", mode=0o666)
    with pytest.raises(ForbiddenError, match="not yours alone"):
        Connection(workspace, project="colors")


def test_an_answer_that_is_not_the_apps_is_an_error_that_says_so(plant, tmp_path, monkeypatch):
    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "ok", "version": "0.1.0", "pid": 2}')

        def log_message(self, *_):
            pass

    monkeypatch.setattr("assay.client.connection._WAIT_S", 0.0)
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        plant(f"http://127.0.0.1:{server.server_port}", name=SERVER_LOCK)
        with pytest.raises(BusyError) as error:
            Connection(tmp_path)
        server.shutdown()
    assert "another program" in error.value.actual


@pytest.mark.parametrize("owner", [None, pytest.param(OTHER, marks=needs_root)])
def test_a_secret_is_written_to_a_new_file_where_others_may_read_the_old_one(tmp_path, owner):
    path = tmp_path / "lock"
    path.touch()
    path.chmod(0o644 if owner is None else 0o600)
    if owner is not None:
        os.chown(path, owner, -1)
    with path.open() as opened_before:
        lock = Lock(path).acquire(Holder(os.getpid(), "http://127.0.0.1:1", "s3cret"))
        assert opened_before.read() == ""
    assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (os.geteuid(), 0o600)
    assert "s3cret" in path.read_text()
    assert read_holder(path).secret == "s3cret"
    with pytest.raises(BusyError):
        Lock(path).acquire(Holder(2), wait_s=0)
    lock.release()
    assert list(tmp_path.iterdir()) == [path]
