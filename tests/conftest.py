"""Tiny generated datasets, projects made of them, and `assay` as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import settings

from assay.api.app import Access, App
from assay.api.asgi import create_api
from assay.client.connection import Connection
from assay.project.lock import Holder

SOURCE = Path(__file__).parent.parent / "src"
COLORS = ("red", "green", "blue")
settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    # A shell lets commands in the background ignore Ctrl-C, and all that they start: undo it for what tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Each process that is started would else compile what it imports anew, a third of its time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    own = tempfile.mkdtemp(prefix="assay-settings-")  # where the key is made that signs what the tests approve
    os.environ["XDG_CONFIG_HOME"] = own
    os.environ.pop("ASSAY_CONFIG", None)
    config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
    config.addinivalue_line("filterwarnings", "ignore:Using `httpx` with `starlette.testclient`")


@dataclass(frozen=True)
class Dataset:
    """A COCO dataset on disk."""

    images: Path
    annotations: Path
    content: dict[str, Any]

    def body(self, **more: Any) -> dict[str, Any]:
        """The request that imports it."""
        return {"images": str(self.images), "annotations": str(self.annotations), **more}

    def options(self) -> list[str]:
        """The command line's options that import it."""
        return ["import", "project", "--coco", "-i", str(self.images), "-a", str(self.annotations)]


def write_dataset(
    folder: Path, images: int = 6, per_image: int = 3, first_id: int = 1, name: str = "images"
) -> Dataset:
    """Write JPEGs of one colour each and a COCO file of boxes; the last annotation of every image lacks its score."""
    pictures = folder / name
    pictures.mkdir(parents=True)
    content: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 10 * (i + 1), "name": color, "supercategory": "color"} for i, color in enumerate(COLORS)],
    }
    encoded = {}
    for i in range(images):
        shade = i % 7
        if shade not in encoded:
            picture = np.full((48, 64, 3), (30 * shade, 90, 200), dtype=np.uint8)
            encoded[shade] = cv2.imencode(".jpg", picture)[1].tobytes()
        file = pictures / f"{i:05d}.jpg"
        file.write_bytes(encoded[shade])
        image_id = first_id + i
        content["images"].append(
            {"id": image_id, "file_name": file.name, "width": 64, "height": 48, "camera": f"cam{i % 2}", "gain": i}
        )
        for k in range(per_image):
            annotation = {
                "id": 1000 * first_id + i * per_image + k,
                "image_id": image_id,
                "category_id": 10 * (k % len(COLORS) + 1),
                "bbox": [2.5 + 9 * k, 3 + i % 11, 8 + k, 12 + i % 5],
                "area": (8 + k) * (12 + i % 5),
                "iscrowd": 0,
            }
            if k < per_image - 1:
                annotation["attributes"] = {"checked": k == 0, "worker": f"w{i % 3}"}
            content["annotations"].append(annotation)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(content))
    return Dataset(pictures, file, content)


@pytest.fixture
def make_dataset(tmp_path: Path) -> Callable[..., Dataset]:
    """Write a dataset below the test's folder: `make_dataset(images=6, per_image=3)`."""
    return lambda **options: write_dataset(tmp_path / "data", **options)


@pytest.fixture(scope="session")
def make_shared_dataset(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Dataset]:
    """Write a dataset that several tests use and none changes."""
    return lambda **options: write_dataset(tmp_path_factory.mktemp("shared"), **options)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Six images with three boxes each; not to be changed."""
    return write_dataset(tmp_path_factory.mktemp("dataset"))


def holder() -> Holder:
    return Holder(pid=os.getpid())


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> Path:
    workspace = tmp_path_factory.mktemp("template")
    with Connection(workspace, actor="test") as connection:
        connection.run_job("/api/projects/import/coco", dataset.body(name="colors", split="train", files="copy"))
    return workspace


@pytest.fixture
def workspace(tmp_path: Path, _template: Path) -> Path:
    """A folder of one project, `colors`, made of `dataset` with its images copied."""
    folder = tmp_path / "workspace"
    shutil.copytree(_template, folder)
    return folder


@pytest.fixture
def app(workspace: Path) -> Iterator[App]:
    """The open app of `workspace`."""
    opened = App(workspace, holder())
    yield opened
    opened.close()


@pytest.fixture
def client(app: App) -> Any:
    """A browser-like client of the API: answers of 500 come as answers."""
    from starlette.testclient import TestClient

    return TestClient(create_api(app), base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Any]:
    """A client of an empty workspace that asks for the token `s3cret`."""
    from starlette.testclient import TestClient

    opened = App(tmp_path, holder(), Access("s3cret", any_host=True))
    yield TestClient(create_api(opened), base_url="http://box.lan:8000", follow_redirects=False)
    opened.close()


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of 8 MB, or of what the test is parametrised with."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={getattr(request, 'param', '8m')}", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(disk: Path, free: int = 0) -> Path:
    """Fill a small file system up to some bytes, by a file that is returned."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4_096)
    os.truncate(ballast, ballast.stat().st_size - free)
    return ballast


# ------------------------------------------------------------ processes


def environment() -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(SOURCE),
        "ASSAY_CONFIG": os.devnull + "-no-such-settings",
        "HTTP_PROXY": "http://127.0.0.1:9",  # nobody is there: a client that heeds it reaches nothing
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }


def spawn(*command: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        env=environment(),
        cwd=cwd,
        text=True,
        start_new_session=True,  # so that a test can interrupt it and its workers as a terminal does
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@dataclass
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which must be JSON and nothing else."""
        return json.loads(self.out)


_SEVERAL = """
import contextlib, io, json, sys
from assay.cli.main import main

runs = []
for command in json.loads(sys.argv[1]):
    sys.argv = ["assay", *command]
    code = 0
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    runs.append((code, out.getvalue(), err.getvalue()))
json.dump(runs, sys.stdout)
"""


class Assay:
    """The command line, run as processes of its own."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []

    def begin(self, *arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start a command."""
        process = spawn("-m", "assay.cli.main", *map(str, arguments), cwd=cwd)
        self._running.append(process)
        return process

    def begin_python(self, code: str, *arguments: object) -> subprocess.Popen[str]:
        """Start a Python program."""
        process = spawn("-c", code, *map(str, arguments))
        self._running.append(process)
        return process

    def end(self, process: subprocess.Popen[str], timeout: float = 60) -> Run:
        """Wait for a process."""
        out, err = process.communicate(timeout=timeout)
        return Run(process.returncode, out, err)

    def __call__(self, *arguments: object, cwd: Path | None = None) -> Run:
        """Run a command to its end."""
        return self.end(self.begin(*arguments, cwd=cwd))

    def several(self, *commands: Sequence[object]) -> list[Run]:
        """Run commands to their ends, one after another in one process, which is faster than one for each."""
        given = json.dumps([[str(argument) for argument in command] for command in commands])
        run = self.end(self.begin_python(_SEVERAL, given), timeout=60 * len(commands))
        assert run.code == 0, run.err
        return [Run(*each) for each in run.json]

    def start(self, workspace: Path, *options: str) -> RunningApp:
        """Run `assay start` on a free port until it answers."""
        port = free_port()
        process = self.begin("start", "-t", workspace, "--port", port, "--no-browser", *options)
        host = "[::1]" if "::1" in options else "127.0.0.1"
        app = RunningApp(f"http://{host}:{port}", port, process, self)
        app.wait()
        return app

    def kill_all(self) -> None:
        """Kill what still runs."""
        for process in self._running:
            process.kill()
            process.wait()


@dataclass
class RunningApp:
    """A running `assay start`."""

    url: str
    port: int
    process: subprocess.Popen[str]
    assay: Assay = field(repr=False)

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(self.process.communicate())
            try:
                self.get("/api/health")
            except urllib.error.HTTPError:
                return  # it asks for a token: it is up
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the app did not start")

    def get(self, path: str) -> Any:
        """Return what a GET answers."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=10) as answer:
            return json.loads(answer.read())

    def jobs(self) -> list[dict[str, Any]]:
        """Return the jobs that it knows, newest first."""
        return self.get("/api/jobs")["jobs"]  # type: ignore[no-any-return]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> Run:
        """Stop it and return how it ended."""
        self.process.send_signal(how)
        return self.assay.end(self.process, timeout=120)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run a command in this process, which is faster: `cli("project", "list")`."""
    from assay.cli.main import main

    def run(*arguments: object) -> Run:
        monkeypatch.setenv("ASSAY_CONFIG", environment()["ASSAY_CONFIG"])
        monkeypatch.setattr("sys.argv", ["assay", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return run


@pytest.fixture
def assay() -> Iterator[Assay]:
    """The command line; whatever it started is killed after the test."""
    command = Assay()
    yield command
    command.kill_all()


def wait_until(condition: Callable[[], Any], seconds: float = 90) -> Any:
    """Wait for a condition and return what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true")


@pytest.fixture
def until() -> Callable[..., Any]:
    """`until(condition, seconds=90)` waits for a condition to come true."""
    return wait_until


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, Any]]:
    """`contents(project)` returns all that a finished project tells, without what differs from run to run."""
    return read_contents


def read_contents(project: Path) -> dict[str, Any]:
    """Return counts, items with all their values and statistics of a project."""
    from assay.client.project import open_project

    with open_project(project) as opened:
        info = opened.info()
        told: dict[str, Any] = {
            key: info[key]
            for key in (
                "images",
                "annotations",
                "classes",
                "splits",
                "shapes",
                "image_status",
                "meta_columns",
                "doctor",
            )
        }
        for table in (opened.images, opened.annotations):
            told[table.scope] = list(
                opened.connection.post(
                    f"{opened.route}/query",
                    {"scope": table.scope, "fields": ["status", "split", *opened.metric_keys(table.scope)]},
                )["items"]
            )
        told["metrics"] = opened.metrics
        told["state"] = json.loads((project / "project.json").read_text())["state"]
        told["unfinished"] = json.loads((project / "project.json").read_text())["unfinished_jobs"]
        return told
