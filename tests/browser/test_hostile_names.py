"""Names that would turn headings round or hide what they are, on every page."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import expect

from assay.text import printable
from tests.conftest import Assay

EVIL = "\u202egnp.exe\u2066"
CLASSES = [f"cat {EVIL}", "dog \x1b[2J\x9b31m", "שלום"]
SHOWN = printable(EVIL)
SEEN = """() => [document.title, document.body.innerText, ...[...document.querySelectorAll("*")].flatMap(
  each => ["title", "aria-label", "alt", "placeholder"].map(name => each.getAttribute(name) ?? ""))].join("\\n")"""
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A project whose every name is hostile; give the app's address and the project's name."""
    folder = tmp_path_factory.mktemp("hostile")
    images = folder / "images"
    images.mkdir()
    files = [f"{at} {EVIL}.png" for at in range(3)]
    for at, name in enumerate(files):
        Image.new("RGB", (60, 40), (80 * at, 90, 120)).save(images / name)
    boxes = [
        {"id": 3 * i + c + 1, "image_id": i, "category_id": c, "bbox": [4 + 9 * c, 5, 12 + i, 14], "iscrowd": 0}
        for i in range(3)
        for c in range(len(CLASSES))
    ]
    (folder / "truth.json").write_text(
        json.dumps(
            {
                "images": [{"id": i, "file_name": name, "width": 60, "height": 40} for i, name in enumerate(files)],
                "categories": [{"id": i, "name": name} for i, name in enumerate(CLASSES)],
                "annotations": [{**box, "area": box["bbox"][2] * 14} for box in boxes],
            }
        )
    )
    (folder / "found.json").write_text(
        json.dumps([{**{k: b[k] for k in ("image_id", "category_id", "bbox")}, "score": 0.9} for b in boxes])
    )
    assay, name, project = Assay(), f"set {EVIL}", folder / f"set {EVIL}"
    imported = assay(
        *("import", "project", "--coco", "-i", images, "-a", folder / "truth.json", "-t", folder, "--name", name)
    )
    assert imported.code == 0, imported.err
    found = ("--coco", folder / "found.json", "--name", EVIL)
    assert assay("import", "predictions", "-t", project, *found).code == 0
    assert assay("tag", "add", "-t", project, "-q", "", "--", f"tag {EVIL}").code == 0
    running = assay.start(folder)
    yield running.url, name
    running.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shows_a_hidden_character_raw(browser, served, scheme, tmp_path):
    url, name = served
    context = browser.new_context(base_url=url, color_scheme=scheme, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    pages = {
        "projects": "/",
        "images": f"/p/{quote(name)}/explorer",
        "annotations": f"/p/{quote(name)}/explorer?scope=annotation",
        "data": f"/p/{quote(name)}/summary/data",
        "summary": f"/p/{quote(name)}/summary/annotations",
        "predictions": f"/p/{quote(name)}/predictions",
    }
    for part, address in pages.items():
        page.goto(address)
        expect(page.get_by_text(SHOWN).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert not HIDDEN.findall(page.evaluate(SEEN)), part
        page.screenshot(path=tmp_path / f"{part}.png")
    page.goto(pages["images"])
    page.get_by_role("gridcell", name=re.compile("^(?!Loading)")).first.dblclick()
    expect(page.get_by_text(printable(CLASSES[1])).first).to_be_visible()
    assert not HIDDEN.findall(page.evaluate(SEEN))
    page.screenshot(path=tmp_path / "expanded.png")
    assert SHOWN in page.title()
    context.close()
