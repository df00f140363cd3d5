"""What a person does in the Explorer, and what the API says, to compare the page with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

PROJECT = "quickstart"
DUPLICATES = "?scope=annotation&metric=annotation_duplicates"
LISTED = "scope=annotation&sort=-annotation_duplicates&fold_pairs=true"
"""What the API is asked of the list that DUPLICATES shows, where a pair is one card."""
OBJECTS = "?scope=annotation&metric=object_area"


def ask(page: Page, path: str) -> Any:
    """Return what the API says."""
    answer = page.request.get(f"/api/projects/{PROJECT}/{path}")
    assert answer.ok, answer.text()
    return answer.json()


def tell(page: Page, path: str, body: dict[str, Any], method: str = "POST") -> Any:
    """Tell the API something; return its answer."""
    answer = page.request.fetch(f"/api/projects/{PROJECT}/{path}", method=method, data=body)
    assert answer.ok, answer.text()
    return answer.json() if answer.body() else None


def count(page: Page, query: str, scope: str = "annotation") -> int:
    """Return how many items a query lets through."""
    found: int = tell(page, "query/parse", {"scope": scope, "text": query})["count"]
    return found


def clean(page: Page) -> None:
    """Delete all tags and views."""
    for tag in ask(page, "tags"):
        tell(page, "tags/delete", {"name": tag["name"]})
    for view in ask(page, "views"):
        tell(page, "views/delete", {"name": view["name"]})


def open_explorer(page: Page, search: str = "") -> None:
    """Open the Explorer and wait for its first card."""
    page.goto(f"/p/{PROJECT}/explorer{search}")
    expect(page.get_by_role("gridcell", name=re.compile("^(?!Loading)")).first).to_be_visible()


def choose_metric(page: Page, title: str, group: str = "annotation") -> None:
    """Sort by the metric of this title."""
    page.get_by_role("button", name=re.compile("^Sort by")).click()
    page.get_by_role("textbox", name="Find a metric").fill(title)
    options = page.get_by_role("option").filter(has_text=title)
    (options.first if group == "annotation" else options.last).click()


def box(page: Page) -> Locator:
    """Return the query box."""
    return page.get_by_role("combobox", name="Query")


def apply_query(page: Page, text: str) -> None:
    """Write a query and apply it."""
    box(page).fill(text)
    box(page).press("Enter")


def card(page: Page, index: int) -> Locator:
    """Return the card at a place of the result."""
    return page.locator(f"[role=gridcell][data-index='{index}']")


def tick(page: Page, indices: Sequence[int]) -> None:
    """Tick cards by their check boxes."""
    for index in indices:
        card(page, index).hover()
        card(page, index).get_by_role("checkbox").click()


def tray(page: Page) -> Locator:
    """Return the tray that tells what is selected."""
    return page.get_by_role("region", name="Selection")


def expect_broken(page: Page) -> None:
    """Wait until the page says that its filter cannot be used, and shows no items, numbers or selection."""
    expect(page.get_by_text("This filter cannot be used")).to_be_visible()
    expect(page.get_by_role("gridcell")).to_have_count(0)
    expect(page.get_by_role("region", name=re.compile("^Distribution of"))).to_have_count(0)
    expect(page.get_by_role("complementary", name="Metric").get_by_role("table", name="Values")).to_have_count(0)
    expect(page.get_by_role("toolbar", name="What the grid shows")).not_to_contain_text(re.compile(r"of [\d,]+|none"))
    expect(tray(page)).to_be_hidden()


def expect_total(page: Page, total: int) -> None:
    """Wait until the grid shows a result of this many items."""
    expect(page.get_by_role("toolbar", name="What the grid shows")).to_contain_text(
        re.compile(rf"of {total:,}(?![,\d])" if total else "none")
    )
    expect(page.locator("[role=gridcell][aria-busy=true]")).to_have_count(0)
