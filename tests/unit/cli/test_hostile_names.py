"""Names that would move the cursor, turn headings round, make up lines or run in a spreadsheet."""

from __future__ import annotations

import csv
import json

import pytest
from PIL import Image

CLASSES = ["=1+1", "a\x1b[2J\x1b[31mb", "\u202eevil\u2066", "x\nError: the disk is full.", "\x9b31m", "plain"]
FILES = ["=cmd.png", "'=cmd.png", "-2+3.png", " space .png", 'say "hi", ok.png', "\u202egnp.exe.png", "tab\there.png"]
IDS = ["=a", '"b"', "\u202ec", -5, "d e", 6, 2.5]
HIDDEN = {"\x1b", "\x9b", "\u202e", "\u2066", "\t"}


@pytest.fixture
def hostile(tmp_path, cli):
    """A project of such names."""
    images = tmp_path / "images"
    images.mkdir()
    for name in FILES:
        Image.new("RGB", (20, 20), "red").save(images / name)
    source = {
        "images": [{"id": i, "file_name": f, "width": 20, "height": 20} for i, f in zip(IDS, FILES, strict=True)],
        "categories": [{"id": i, "name": name} for i, name in enumerate(CLASSES)],
        "annotations": [
            {"id": f"=x{i}", "image_id": IDS[i], "category_id": i, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0}
            for i in range(len(CLASSES))
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(source))
    run = cli(
        "import", "project", "--coco", "-i", images, "-a", tmp_path / "coco.json", "-t", tmp_path, "--name", "hostile"
    )
    assert run.code == 0, run.err
    safe(run)
    return tmp_path / "hostile"


def safe(run) -> None:
    """Check that nothing on the terminal acts, and that no name begins a line of its own."""
    printed = run.out + run.err
    assert not HIDDEN & set(printed)
    assert "\nError: the disk is full." not in printed


def test_tables_show_what_nobody_sees(cli, hostile):
    for scope in ("image", "annotation"):
        run = cli("query", "-t", hostile, "--scope", scope, "--fields", "class" if scope == "annotation" else "")
        safe(run)
    assert r"a\x1b[2J\x1b[31mb" in run.out
    assert r"\u202eevil\u2066" in run.out
    assert r"x\nError: the disk is full." in run.out
    safe(cli("project", "info", "-t", hostile))


def test_json_is_exact_and_acts_on_no_terminal_either(cli, hostile):
    run = cli("query", "-t", hostile, "--scope", "annotation", "--json")
    assert [item["class"] for item in run.json["items"]] == CLASSES
    safe(run)
    names = [item["file_name"] for item in cli("query", "-t", hostile, "--json").json["items"]]
    assert sorted(names) == sorted(FILES)


def test_errors_and_usage_show_what_nobody_sees(cli, hostile):
    for arguments in (
        ("query", "-t", hostile, "class:\x1b[2J\u202ex brightness<"),
        ("query", "-t", hostile, 'class:"\u202ex"'),
        ("query", "-t", f"{hostile}\x1b[2J\nError: the disk is full.", "x"),
        ("query", "--no-such-\x1b[2J\u202e"),
        ("\x1b[2Jno-such-command",),
        ("tag", "import", "-t", hostile, "no\x1b[2J\u202e.csv"),
    ):
        run = cli(*arguments)
        assert run.code != 0
        safe(run)


def test_tags_come_back_from_their_file_exactly_and_no_cell_runs(cli, hostile, tmp_path):
    tags = ["=SUM(A1)", "@x", "'=y", "\u202ez", "+1 or so"]
    for tag in tags:
        assert cli("tag", "add", "-t", hostile, "-q", "", "--", tag).code == 0
        assert cli("tag", "add", "-t", hostile, "-q", "", "--scope", "annotation", "--", tag).code == 0
    before = cli("tag", "list", "-t", hostile, "--json").json
    assert {(tag["name"], tag["images"], tag["annotations"]) for tag in before} == {
        (tag, len(FILES), len(CLASSES)) for tag in tags
    }
    file = tmp_path / "tags.csv"
    assert cli("tag", "export", "-t", hostile, "-o", file).code == 0
    safe(cli("tag", "export", "-t", hostile))
    with file.open(encoding="utf-8", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r")) or HIDDEN & set(cell)]
    assert {cell for cell in cells if cell.startswith("-")} == {"-5"}
    for tag in tags:
        cli("tag", "remove", "-t", hostile, "--", tag)
    assert cli("tag", "list", "-t", hostile, "--json").json == []
    done = cli("tag", "import", "-t", hostile, file, "--json").json
    assert (done["skipped"], sorted(done["tags"])) == (0, sorted(tags))
    assert cli("tag", "list", "-t", hostile, "--json").json == before
