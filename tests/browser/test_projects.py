"""The landing page: import through its dialogs, the job tray, deletion."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from assay.client.connection import connect
from tests.browser.conftest import Served


@pytest.fixture
def dataset(app: Served) -> Path:
    """A tiny COCO dataset below the workspace."""
    folder = app.workspace / ".data"
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in range(3):
        picture = np.full((60, 80, 3), 60 * number + 40, dtype=np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number}.jpg"), picture)
    coco = {
        "images": [{"id": n, "file_name": f"{n}.jpg", "width": 80, "height": 60} for n in range(3)],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [10, 10, 30, 20]}],
        "categories": [{"id": 1, "name": "thing"}],
    }
    (folder / "labels.json").write_text(json.dumps(coco))
    return folder


def test_the_import_dialog_makes_a_project(page: Page, dataset: Path) -> None:
    page.goto("/")
    page.get_by_role("button", name="Import dataset").click()
    dialog = page.get_by_role("dialog", name="Import a dataset")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    dialog.get_by_label("Dataset", exact=True).fill(str(dataset / "labels.json"))
    expect(dialog).to_contain_text("This is a COCO dataset")
    dialog.get_by_label("Images folder", exact=True).fill(str(dataset / "images"))
    dialog.get_by_label("Project name", exact=True).fill("from the dialog")
    dialog.get_by_role("button", name="Import", exact=True).click()
    card = page.get_by_role("article", name="from the dialog")
    expect(card).to_contain_text("3 images")
    expect(card).to_contain_text("never opened")
    page.goto("/p/from%20the%20dialog/predictions/summary")
    expect(page.get_by_role("link", name="Explorer").first).to_be_visible()
    page.get_by_role("link", name="Assay", exact=False).first.click()
    expect(card).to_contain_text("Opened just now")  # whichever page of it was opened
    card.get_by_role("button", name="More for from the dialog").click()
    page.get_by_role("menuitem", name=re.compile("Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Delete")).click()
    expect(card).to_be_hidden()


def test_the_dialog_shows_a_wrong_path_at_its_field(page: Page, dataset: Path) -> None:
    page.goto("/")
    page.get_by_role("button", name="Import dataset").click()
    dialog = page.get_by_role("dialog", name="Import a dataset")
    dialog.get_by_label("Dataset", exact=True).fill(str(dataset / "no-such-file.json"))
    expect(dialog).to_contain_text("does not exist")
    expect(dialog.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    dialog.get_by_label("Dataset", exact=True).fill(str(dataset / "images"))
    expect(dialog).to_contain_text("in none of the formats")


def test_folders_of_classes_and_tables_come_in_by_the_same_dialog(page: Page, dataset: Path) -> None:
    for name in ("cat", "dog"):
        (dataset / "classes" / name).mkdir(parents=True)
        for picture in (dataset / "images").iterdir():
            shutil.copy(picture, dataset / "classes" / name / picture.name)
    pictures = sorted(path.name for path in (dataset / "images").iterdir())
    table = "file_name,label\n" + "".join(f"images/{name},cat\n" for name in pictures)
    (dataset / "labels.csv").write_text(table)
    for path, told, name in (
        (dataset / "classes", "This is images labelled by the folders that they lie in", "by folder"),
        (dataset / "labels.csv", "This is a table of objects, or of images and their classes", "by table"),
    ):
        page.goto("/")
        page.get_by_role("button", name="Import dataset").click()
        dialog = page.get_by_role("dialog", name="Import a dataset")
        dialog.get_by_label("Dataset", exact=True).fill(str(path))
        expect(dialog).to_contain_text(told)
        dialog.get_by_label("Project name", exact=True).fill(name)
        dialog.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_role("article", name=name)).to_contain_text(
            f"{len(pictures) * (2 if name == 'by folder' else 1)} images"
        )


def test_a_job_that_another_process_starts_shows_in_the_tray(page: Page, app: Served, dataset: Path) -> None:
    page.goto("/")
    expect(page.get_by_role("article", name="quickstart")).to_be_visible()
    with connect(app.workspace, actor="cli") as other:
        assert other.url == app.url
        body = {"images": str(dataset / "images"), "annotations": str(dataset / "labels.json"), "name": "from outside"}
        other.run_job("/api/projects/import/coco", body)
    expect(page.get_by_role("article", name="from outside")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Jobs|job")).first.click()
    expect(page.get_by_text("Importing from outside").first).to_be_visible()
    page.get_by_role("dialog", name="Jobs").get_by_role("link", name="Open").first.click()
    expect(page).to_have_url(re.compile("/p/from%20outside/summary/data"))


def test_the_sandbox_dialog_opens_what_is_here_and_marks_what_needs_a_network(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Get a sandbox").first.click()
    dialog = page.get_by_role("dialog", name="Get a sandbox")
    rows = dialog.get_by_role("listitem")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="needs a network")).to_contain_text("COCO val2017")
    expect(dialog.get_by_role("button", name="Get Tabletop", exact=True)).to_be_enabled()
    rows.filter(has_text="Quickstart").get_by_role("link", name="Open").click()
    expect(page).to_have_url(re.compile("/p/quickstart/summary/data"))
