"""The command palette: any page, metric, class, tag, view or project by a few letters and Enter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def open_palette(page: Page, path: str = "/p/quickstart/summary/data") -> None:
    page.goto(path)
    expect(page.get_by_role("main")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/p/quickstart/summary/annotations", "/p/quickstart/explorer"])
def test_it_opens_on_every_page_by_key_and_by_button_and_escape_closes_it(page: Page, path: str) -> None:
    open_palette(page, path)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name=re.compile("Search or jump to")).click()
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_few_letters_lead_to_a_metric_in_the_explorer(page: Page) -> None:
    open_palette(page)
    page.keyboard.type("andup")
    option = page.get_by_role("option", name=re.compile("Annotation Duplicates"))
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/p/quickstart/explorer.*metric=annotation_duplicates"))
    expect(page).to_have_url(re.compile("scope=annotation"))


def test_arrows_walk_through_the_groups(page: Page) -> None:
    open_palette(page)
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/summary/annotations"))
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_classes_tags_and_views_lead_to_their_items(page: Page) -> None:
    body = {"selection": {"scope": "image", "rows": [0, 1]}, "name": "from the palette", "action": "add"}
    assert page.request.post("/api/projects/quickstart/tags/apply", data=body).ok
    view = {"name": "dim pictures", "scope": "image", "query": "brightness<0.4", "sort": "brightness"}
    assert page.request.put("/api/projects/quickstart/views", data=view).ok
    try:
        open_palette(page)
        for typed, address in {
            "person": "query=class",
            "from the pal": "query=tag",
            "dim pic": "query=brightness",
        }.items():
            page.get_by_role("combobox", name="Search or jump to").fill(typed)
            page.keyboard.press("Enter")
            expect(page).to_have_url(re.compile(f"/p/quickstart/explorer.*{address}"))
            page.keyboard.press("Control+k")
    finally:
        assert page.request.post("/api/projects/quickstart/tags/delete", data={"name": "from the palette"}).ok
        assert page.request.post("/api/projects/quickstart/views/delete", data={"name": "dim pictures"}).ok


def test_what_nothing_is_called_is_said(page: Page) -> None:
    open_palette(page)
    page.keyboard.type("qqqq")
    expect(page.get_by_text("Nothing is called “qqqq”.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_it_has_no_serious_accessibility_violation(page: Page) -> None:
    open_palette(page)
    page.keyboard.type("a")
    expect(page.get_by_role("option").first).to_be_visible()
    page.wait_for_timeout(300)  # until it has faded in, its contrast is less
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")] == []
