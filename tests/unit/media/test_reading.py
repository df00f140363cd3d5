"""Only regular files of a bearable size are opened."""

from __future__ import annotations

import io
import os
import socket
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.errors import InputError
from assay.media import reading
from assay.media.header import ends_early, probe_file
from assay.media.reading import open_image, read_image
from assay.settings import setting_number


@pytest.fixture(autouse=True)
def settings_afresh():
    yield
    reading.greatest_file.cache_clear()


def jpeg(width=40, height=30):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (10, 200, 30)).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_file_comes_with_its_size_and_time(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    data, stat = read_image(path)
    assert (data, stat.st_size, stat.st_mtime_ns) == (jpeg(), len(jpeg()), path.stat().st_mtime_ns)


@pytest.mark.parametrize("ask", [read_image, probe_file])
def test_a_pipe_a_socket_a_device_and_a_folder_are_refused_at_once(tmp_path, ask):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "device.jpg").symlink_to("/dev/zero")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.jpg"))
    for name, kind in (("pipe", "a pipe"), ("folder", "a folder"), ("device", "a device"), ("socket", "a socket")):
        with pytest.raises(InputError) as caught:
            ask(tmp_path / f"{name}.jpg")
        assert (caught.value.actual, f"{name}.jpg" in str(caught.value.item)) == (kind, True)
    listener.close()


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path, monkeypatch):
    """The pipe comes after the first look: opening it must neither hang nor end well."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    sound = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(reading.os, "stat", lambda *_: sound)
    found: list[object] = []

    def open_it():
        try:
            with open_image(path):
                found.append("opened")
        except InputError as error:
            found.append(error.actual)

    thread = threading.Thread(target=open_it, daemon=True)
    thread.start()
    thread.join(30)
    assert found == ["a pipe"]


def test_a_pipe_has_no_end_that_could_be_missing(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg()[:-2])
    header = probe_file(path)
    assert ends_early(path, header)
    path.unlink()
    os.mkfifo(path)
    assert not ends_early(path, header)


def test_a_sparse_file_of_ten_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg())
    os.truncate(path, 10 * 1000**3)
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert (caught.value.expected, caught.value.actual) == (
        "at most 256,000,000 bytes",
        "a file of 10,000,000,000 bytes",
    )


def test_the_limit_is_a_setting_and_grows_with_the_declared_pixels(tmp_path, monkeypatch):
    path = tmp_path / "a.bmp"
    path.write_bytes(cv2.imencode(".bmp", np.zeros((100, 100, 3), dtype=np.uint8))[1].tobytes())  # 30,054 bytes
    monkeypatch.setenv("ASSAY_MAX_IMAGE_FILE", "1KB")
    assert len(read_image(path)[0]) == 30_054  # of 8 x 10,000
    os.truncate(path, 80_001)
    with pytest.raises(InputError, match="too large"):
        read_image(path)
    reading.greatest_file.cache_clear()
    monkeypatch.setenv("ASSAY_MAX_IMAGE_FILE", "81 kB")
    assert setting_number("max_image_file") == 81_000
    assert len(read_image(path)[0]) == 80_001
