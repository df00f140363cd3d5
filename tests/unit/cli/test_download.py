"""`assay download`: the list, the choice, a sandbox that is made, one that cannot be reached."""

from __future__ import annotations

import json

import pytest
from tests.conftest import free_port

from assay.sandbox import SANDBOXES, remote
from assay.sandbox.remote import REMOTE_SANDBOXES, RemoteFile

NAMES = ["quickstart", "tabletop", "tabletop-classification", "tabletop-video", "coco-val2017"]
FIELDS = [
    "name",
    "title",
    "teaches",
    "images",
    "annotations",
    "classes",
    "size_mb",
    "licence",
    "source",
    "needs_network",
    "present",
]
COUNTS = ["project", "images", "annotations", "classes"]
LITTLE = ("--project-name", "quickstart", "--images", 8)


def one_line(text):
    return " ".join(text.split())


def test_the_list_has_exactly_the_promised_fields(cli, tmp_path):
    run = cli("download", "--list", "--json", "-t", tmp_path)
    assert (run.code, run.err) == (0, "")
    assert [list(sandbox) for sandbox in run.json] == [FIELDS] * 5
    found = {sandbox["name"]: sandbox for sandbox in run.json}
    assert list(found) == NAMES
    for name, spec in SANDBOXES.items():
        assert (found[name]["images"], found[name]["size_mb"]) == (spec.images, spec.size_mb)
        assert (found[name]["title"], found[name]["teaches"]) == (spec.title, spec.teaches)
        assert (found[name]["needs_network"], found[name]["present"]) == (False, False)
    assert [found[name]["classes"] for name in NAMES] == [80, 80, 20, 80, 80]
    assert [found[name]["annotations"] for name in NAMES] == [None, None, 1_000, None, 36_781]
    assert (found["coco-val2017"]["needs_network"], found["coco-val2017"]["images"]) == (True, 5_000)


def test_the_list_for_people_has_a_line_each(cli, tmp_path):
    run = cli("download", "--list", "-t", tmp_path)
    assert run.code == 0
    header, *lines = run.out.splitlines()
    assert header.split() == ["name", "images", "MB", "how", "present", "what", "it", "teaches"]
    assert [line.split()[0] for line in lines] == NAMES
    assert one_line(lines[1]).startswith("tabletop 2,000 190 generated Find every kind")
    assert "download" in lines[4].split()


def test_an_unknown_name_ends_with_2_and_the_names(cli, tmp_path):
    run = cli("download", "--project-name", "nonesuch", "-t", tmp_path, "--json")
    assert (run.code, run.out) == (2, "")
    assert "no sandbox named 'nonesuch'" in run.err
    assert all(name in run.err for name in NAMES)
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_no_path(cli, tmp_path):
    for name in ("../quickstart", "quickstart/../x", ""):
        run = cli("download", "--project-name", name, "-t", tmp_path / "workspace")
        assert (run.code, run.out) == (2, "")
    assert [path.name for path in tmp_path.rglob("*")] == ["workspace"]


def test_without_a_name_and_a_terminal_nobody_is_asked(cli, tmp_path):
    run = cli("download", "-t", tmp_path)
    assert (run.code, run.out) == (2, "")
    assert "Which sandbox?" in run.err
    assert "--project-name" in run.err
    assert all(name in run.err for name in NAMES)
    assert list(tmp_path.iterdir()) == []


class Chooser:
    """Stands for the menu: takes the entry whose value is given, or none as Ctrl-C does."""

    def __init__(self, value):
        self.value = value
        self.titles = []

    def __call__(self, _question, choices):
        self.titles = [choice.title for choice in choices]
        return self

    def ask(self):
        return self.value


def on_a_terminal(monkeypatch, chooser):
    monkeypatch.setattr("questionary.select", chooser)
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)


def test_on_a_terminal_there_is_a_menu_with_sizes(cli, tmp_path, monkeypatch):
    chooser = Chooser("tabletop-classification")
    on_a_terminal(monkeypatch, chooser)
    run = cli("download", "-t", tmp_path, "--images", 4)
    assert run.code == 0, run.err
    assert [title.split()[0] for title in chooser.titles] == NAMES
    assert "2,000 images, 190 MB generated" in chooser.titles[1]
    assert "5,000 images, 1,068 MB download" in chooser.titles[4]
    assert "tabletop-classification: 4 images, 4 annotations, 20 classes." in run.out


def test_leaving_the_menu_makes_nothing(cli, tmp_path, monkeypatch):
    on_a_terminal(monkeypatch, Chooser(None))
    run = cli("download", "-t", tmp_path)
    assert (run.code, run.out) == (1, "")
    assert list(tmp_path.iterdir()) == []


def test_json_tells_the_project_and_what_it_holds(cli, tmp_path):
    run = cli("download", *LITTLE, "-t", tmp_path, "--json")
    assert (run.code, run.err) == (0, "")
    assert list(run.json) == COUNTS
    content = json.loads((tmp_path / "quickstart" / "annotations.json").read_bytes())
    assert run.json == {
        "project": str(tmp_path / "quickstart"),
        "images": 8,
        "annotations": len(content["annotations"]),
        "classes": 80,
    }
    assert len(list((tmp_path / "quickstart" / "images").iterdir())) == 8
    assert (tmp_path / "quickstart" / "known_errors.json").is_file()
    listed = cli("project", "list", "-t", tmp_path, "--json").json
    assert [(project["name"], project["images"]) for project in listed] == [("quickstart", 8)]


def test_people_are_told_the_two_next_commands(cli, tmp_path):
    folder = tmp_path / "my sandboxes"
    run = cli("download", *LITTLE, "-t", folder)
    assert run.code == 0, run.err
    first, *rest = run.out.splitlines()
    assert first.startswith("quickstart: 8 images, ")
    assert rest == ["", "Next:", f'  cd "{folder / "quickstart"}"', "  assay start"]
    assert "Making Quickstart: making scenes" in run.err


def test_the_second_time_it_is_here_already(cli, tmp_path):
    made = cli("download", *LITTLE, "-t", tmp_path, "--json").json
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "quickstart").rglob("*.jpg")}
    run = cli("download", "--project-name", "quickstart", "-t", tmp_path)
    assert run.code == 0
    assert run.out.splitlines() == [
        "quickstart is here already.",
        "",
        "Next:",
        f"  cd {tmp_path / 'quickstart'}",
        "  assay start",
    ]
    again = cli("download", "--project-name", "quickstart", "-t", tmp_path, "--json")
    assert (again.code, again.json) == (0, made)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "quickstart").rglob("*.jpg")} == before
    present = {s["name"] for s in cli("download", "--list", "--json", "-t", tmp_path).json if s["present"]}
    assert present == {"quickstart"}


def test_another_number_of_images_does_not_replace_the_project(cli, tmp_path):
    cli("download", *LITTLE, "-t", tmp_path, "--json")
    run = cli("download", "--project-name", "quickstart", "--images", 9, "-t", tmp_path, "--json")
    assert (run.code, run.out) == (2, "")
    assert str(tmp_path / "quickstart") in run.err
    assert len(list((tmp_path / "quickstart" / "images").iterdir())) == 8


def test_the_seed_decides_what_is_made(cli, tmp_path):
    content = {}
    for folder, seed in (("a", 3), ("b", 3), ("c", 4)):
        run = cli("download", *LITTLE, "--seed", seed, "-t", tmp_path / folder, "--json")
        assert run.code == 0, run.err
        content[folder] = (tmp_path / folder / "quickstart" / "annotations.json").read_bytes()
    assert content["a"] == content["b"] != content["c"]


@pytest.mark.parametrize("images", ["0", "-3", "many"])
def test_a_number_of_images_that_is_none_is_a_usage_error(cli, tmp_path, images):
    run = cli("download", "--project-name", "quickstart", "--images", images, "-t", tmp_path)
    assert (run.code, run.out) == (2, "")
    assert not (tmp_path / "quickstart").exists()


@pytest.mark.parametrize("option", ["--images", "--seed"])
def test_what_is_downloaded_is_as_it_was_published(cli, tmp_path, option):
    run = cli("download", "--project-name", "coco-val2017", option, 5, "-t", tmp_path, "--json")
    assert (run.code, run.out) == (2, "")
    assert "as it was published" in run.err
    assert list(tmp_path.iterdir()) == []


def test_offline_is_said_with_the_host(cli, tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(remote, "_wait", lambda seconds, cancelled: None)
    published = REMOTE_SANDBOXES["coco-val2017"]
    file = RemoteFile(f"http://127.0.0.1:{free_port()}/val.zip", 10, "0" * 32, ("val/",), "images")
    little = type(published)(**(vars(published) | {"files": (file,)}))
    monkeypatch.setitem(REMOTE_SANDBOXES, "coco-val2017", little)
    run = cli("download", "--project-name", "coco-val2017", "-t", tmp_path, "--json")
    assert (run.code, run.out) == (1, "")
    assert "could not be downloaded" in run.err
    assert "127.0.0.1" in run.err
    assert "offline" in run.err
