"""Step 15 of the tour: a query is kept under a name, and opened again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.steps import (
    DUPLICATES,
    OBJECTS,
    apply_query,
    ask,
    box,
    clean,
    count,
    expect_broken,
    expect_total,
    open_explorer,
    tell,
    tick,
    tray,
)


@pytest.fixture(autouse=True)
def clean_project(page: Page, app: Served) -> Iterator[None]:
    clean(page)
    yield
    clean(page)


def save_view(page: Page, name: str) -> None:
    page.get_by_role("button", name="Save as a view").click()
    page.get_by_role("textbox", name="Name of the view").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Views").get_by_role("button", name=re.compile(f"^{name}"))).to_be_visible()


def test_a_view_keeps_query_kind_and_order_and_tells_how_many_it_has(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    apply_query(page, "annotation_duplicates>0.5")
    wanted = count(page, "annotation_duplicates>0.5")
    expect_total(page, wanted)
    save_view(page, "Duplicates to check")
    views = page.get_by_role("region", name="Views")
    view = views.get_by_role("button", name=re.compile("^Duplicates to check"))
    expect(view).to_contain_text(str(wanted))
    expect(view).to_have_attribute("aria-current", "true")
    page.goto("/p/quickstart/explorer?scope=image")
    view.click()
    expect_total(page, wanted)
    expect(box(page)).to_have_value("annotation_duplicates>0.5")
    expect(page.get_by_role("button", name="Sort by: Annotation Duplicates")).to_be_visible()
    page.go_back()
    expect_total(page, count(page, "", "image"))


def test_the_count_of_a_view_follows_the_tags(page: Page) -> None:
    open_explorer(page, OBJECTS)
    rows = ask(page, "rows?scope=annotation&limit=2")["rows"]
    selection = {"scope": "annotation", "rows": rows, "query": None, "except_rows": []}
    tell(page, "tags/apply", {"selection": selection, "name": "done", "action": "add"})
    page.reload()
    apply_query(page, "not tag:done")
    left = count(page, "not tag:done")
    expect_total(page, left)
    save_view(page, "To do")
    page.locator("[data-index='0']").focus()
    page.keyboard.press("t")
    page.get_by_role("dialog", name=re.compile("^Tag ")).get_by_role("option", name=re.compile("done")).click()
    page.keyboard.press("Escape")
    view = page.get_by_role("region", name="Views").get_by_role("button", name=re.compile("^To do"))
    expect(view).to_contain_text(str(left - 1))
    expect_total(page, left - 1)


def test_a_view_is_renamed_and_deleted(page: Page) -> None:
    open_explorer(page, OBJECTS)
    apply_query(page, "object_area>100")
    save_view(page, "Large")
    page.get_by_role("button", name="Change the view Large").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="New name of Large").fill("Not small")
    page.keyboard.press("Enter")
    view = page.get_by_role("region", name="Views").get_by_role("button", name=re.compile("^Not small"))
    expect(view).to_be_visible()
    page.get_by_role("button", name="Change the view Not small").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(view).to_be_hidden()
    assert ask(page, "views") == []


def test_a_view_whose_query_no_longer_works_says_so(page: Page) -> None:
    open_explorer(page, OBJECTS)
    rows = ask(page, "rows?scope=annotation&limit=1")["rows"]
    selection = {"scope": "annotation", "rows": rows, "query": None, "except_rows": []}
    tell(page, "tags/apply", {"selection": selection, "name": "gone", "action": "add"})
    tell(page, "views", {"name": "Lost", "scope": "annotation", "query": "tag:gone", "sort": None}, "PUT")
    tell(page, "tags/delete", {"name": "gone"})
    page.reload()
    view = page.get_by_role("region", name="Views").get_by_role("button", name=re.compile("^Lost"))
    expect(view).to_have_attribute("title", re.compile("no longer works"))
    tick(page, [0, 1])
    view.click()
    expect(page.get_by_role("alert")).to_contain_text("gone")
    expect_broken(page)
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+a")
    expect(tray(page)).to_be_hidden()
    page.get_by_role("button", name="Clear filter").click()
    expect_total(page, count(page, ""))
    expect(tray(page)).to_be_hidden()
    page.go_back()
    expect_broken(page)
