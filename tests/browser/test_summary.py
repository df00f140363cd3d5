"""Step 4 of the tour: the Summary shows all outliers, and everything that is drawn leads to exactly its items."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import expect_total

PARTS = {"data": "image", "annotations": "annotation"}


def ask(page: Page, path: str) -> Any:
    """Return what the API says, to compare the page with."""
    answer = page.request.get(f"/api/projects/quickstart/{path}")
    assert answer.ok
    return answer.json()


def count_items(page: Page, scope: str, query: str) -> int:
    """Return how many items a query finds, counted by the API."""
    answer = page.request.post("/api/projects/quickstart/query", data={"scope": scope, "query": query, "limit": 1})
    assert answer.ok
    total: int = answer.json()["total"]
    return total


def open_summary(page: Page, part: str = "annotations", search: str = "") -> None:
    page.goto(f"/p/quickstart/summary/{part}{search}")
    expect(page.get_by_role("region", name="Outliers by metric").get_by_role("listitem").first).to_be_visible()


def target(link: Locator) -> dict[str, str]:
    """Return the Explorer's search parameters that a link leads to."""
    address = urlsplit(link.get_attribute("href") or "")
    assert address.path == "/p/quickstart/explorer"
    return {"scope": "image", "query": "", **{key: values[0] for key, values in parse_qs(address.query).items()}}


def filter_box(page: Page) -> Locator:
    return page.get_by_role("search").locator("input")


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


@pytest.mark.parametrize("part", list(PARTS))
def test_all_outliers_are_shown_by_what_they_point_at_likely_errors_first(page: Page, part: str) -> None:
    open_summary(page, part)
    summary = ask(page, f"summary?scope={PARTS[part]}")
    assert len(summary["metrics"]) > 3
    by_key = {each["key"]: each for each in summary["metrics"]}
    ordered = [by_key[key] for group in summary["groups"] for key in group["metrics"]]
    region = page.get_by_role("region", name="Outliers by metric")
    expect(region.locator("details")).not_to_have_attribute("open", "")  # colours and sizes are folded
    region.locator("summary").click()
    blocks = region.locator("ol > li")
    assert blocks.get_by_role("heading").all_inner_texts() == [each["title"] for each in ordered]
    for block, expected in zip(blocks.all(), ordered, strict=True):
        for severity in ("severe", "moderate"):
            links = block.get_by_title(f"{expected['title']}, {severity} outliers")
            expect(links).to_have_count(1 if expected[severity]["count"] else 0)
            for link in links.all():
                found = target(link)
                assert count_items(page, found["scope"], found["query"]) == expected[severity]["count"]
                assert found["metric"] == expected["sort"].removeprefix("worst:").removeprefix("-")
        expect(block.get_by_role("list").get_by_role("listitem")).to_have_count(min(5, len(expected["worst"])))


def test_metrics_that_found_nothing_are_named_and_lead_to_their_order(page: Page) -> None:
    open_summary(page)
    group = next(each for each in ask(page, "summary?scope=annotation")["groups"] if each["none"])
    named = page.get_by_text("Checked, none found:").first
    for metric in group["none"]:
        expect(named).to_contain_text(metric["title"])
    # All items by a metric that is the same for all of them tell nothing: that one is named only.
    telling = {each["key"] for each in ask(page, "metrics?scope=annotation") if each["min"] != each["max"]}
    apart = [each["key"] for each in group["none"] if each["key"] in telling]
    links = named.get_by_role("link")
    expect(links).to_have_count(len(apart))
    assert [target(link)["metric"] for link in links.all()] == apart


def test_a_click_on_a_count_opens_the_explorer_with_exactly_that_count_worst_first(page: Page) -> None:
    open_summary(page)
    metric = next(each for each in ask(page, "summary?scope=annotation")["metrics"] if each["severe"]["count"] > 1)
    page.get_by_role("region", name="Outliers by metric").locator("summary").click()
    page.get_by_title(f"{metric['title']}, severe outliers").click()
    expect(page).to_have_url(re.compile("/p/quickstart/explorer"))
    expect_total(page, metric["severe"]["count"])
    worst = ask(page, f"cards?scope=annotation&sort={metric['sort']}&metric={metric['key']}&limit=1")["cards"][0]
    page.get_by_role("gridcell").first.dblclick()
    expect(page).to_have_url(re.compile(rf"item={worst['row']}\b"))


@pytest.mark.parametrize("part", list(PARTS))
def test_every_number_of_the_strip_leads_to_as_many_items(page: Page, part: str) -> None:
    open_summary(page, part)
    links = page.get_by_label("Numbers").get_by_role("link").all()
    assert len(links) >= 4
    for link in links:
        found = target(link)
        assert count_items(page, found["scope"], found["query"]) == number(link.inner_text())


def test_every_bin_of_the_distribution_leads_to_as_many_items(page: Page) -> None:
    open_summary(page, "annotations", "?show=object_area&query=not+class:person")
    figure = page.get_by_role("figure", name="Distribution of Absolute Area")
    bins = figure.locator("a")
    expect(bins.first).to_be_attached()
    counted = 0
    for link in bins.all():
        found, text = target(link), link.inner_text()
        expected = number(text.rsplit(":", 1)[1])
        assert count_items(page, found["scope"], found["query"]) == expected
        counted += expected
    histogram = ask(page, "metrics/object_area?scope=annotation&query=not+class:person")
    assert counted <= histogram["count"]
    assert counted > 0


def test_a_cell_of_two_metrics_and_a_rectangle_lead_to_their_items(page: Page) -> None:
    open_summary(page, "data", "?x=brightness&y=sharpness")
    plane = page.get_by_role("application")
    plane.scroll_into_view_if_needed()
    status = page.get_by_role("status").filter(has_text="Brightness")
    box = plane.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2, steps=4)
    expect(status).to_contain_text("30 images")
    page.mouse.up()
    expect(page).to_have_url(re.compile("/p/quickstart/explorer"))
    query = parse_qs(urlsplit(page.url).query)["query"][0]
    assert count_items(page, "image", query) == 30
    page.go_back()
    plane.focus()
    for key, times in {"ArrowLeft": 25, "ArrowDown": 25, "Shift+ArrowUp": 45, "Shift+ArrowRight": 25}.items():
        for _ in range(times):
            page.keyboard.press(key)
    expect(status).to_contain_text(re.compile(r": [1-9]\d* images?"))
    shown = number(status.inner_text().rsplit(":", 1)[1])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/p/quickstart/explorer"))
    query = parse_qs(urlsplit(page.url).query)["query"][0]
    assert count_items(page, "image", query) == shown


def test_classes_are_counted_sorted_and_lead_to_their_annotations(page: Page) -> None:
    open_summary(page)
    table = page.get_by_role("region", name="Table of classes").get_by_role("table")
    classes = ask(page, "labels")["classes"]
    rows = table.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    expect(rows.first).to_contain_text(classes[0]["name"])
    link = rows.first.get_by_role("link").first
    assert count_items(page, "annotation", target(link)["query"]) == classes[0]["annotations"]["count"]
    table.get_by_role("button", name="Class").click()
    expect(rows.first).to_contain_text(min((each["name"] for each in classes), key=str.lower))
    page.reload()
    expect(rows.first).to_contain_text(min((each["name"] for each in classes), key=str.lower))


def test_pairs_of_classes_lead_to_the_images_that_hold_both(page: Page) -> None:
    open_summary(page)
    figure = page.get_by_role("figure", name="Classes that share an image")
    figure.get_by_role("application").focus()
    led = 0
    for key in ("ArrowDown", "ArrowUp", "ArrowDown", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        told = figure.get_by_role("status")
        expect(told).to_contain_text(" and ")
        link = figure.get_by_role("link")
        if number(told.inner_text().rsplit(":", 1)[1]) == 0:
            expect(link).to_have_count(0)
            continue
        found = target(link)
        assert found["scope"] == "image"
        assert count_items(page, "image", found["query"]) == number(told.inner_text().rsplit(":", 1)[1])
        led += 1
    assert led > 0


def test_a_filter_holds_for_the_whole_page_and_back_takes_it_away(page: Page) -> None:
    open_summary(page)
    everything = ask(page, "summary?scope=annotation")["items"]["count"]
    numbers = page.get_by_label("Numbers")
    expect(numbers).to_contain_text(f"{everything:,}")
    page.keyboard.press("/")
    page.keyboard.type("class:person")
    page.keyboard.press("Enter")
    some = ask(page, "summary?scope=annotation&query=class:person")
    expect(numbers).to_contain_text(str(some["items"]["count"]))
    expect(page).to_have_url(re.compile("query=class"))
    page.reload()
    expect(filter_box(page)).to_have_value("class:person")
    expect(numbers).to_contain_text("match the filter")
    for link in numbers.get_by_role("link").all():
        assert count_items(page, "annotation", target(link)["query"]) == number(link.inner_text())
    page.go_back()
    expect(numbers).to_contain_text(f"{everything:,}")
    expect(filter_box(page)).to_have_value("")


def test_a_filter_that_cannot_be_read_says_why_and_keeps_the_page(page: Page) -> None:
    open_summary(page)
    filter_box(page).fill("class:persn")
    page.keyboard.press("Enter")
    complaint = page.get_by_role("alert")
    expect(complaint).to_contain_text("persn")
    expect(complaint).to_contain_text("person")
    expect(page.get_by_label("Numbers")).to_be_visible()
    page.goto("/p/quickstart/summary/annotations?query=class:persn")
    expect(page.get_by_text("This filter cannot be read")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.get_by_label("Numbers")).to_be_visible()


def test_a_filter_that_nothing_matches_can_be_cleared(page: Page) -> None:
    page.goto("/p/quickstart/summary/data?query=width%3E99999")
    expect(page.get_by_text("Nothing matches this filter")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.get_by_label("Numbers")).to_contain_text("30")


def test_charts_are_chosen_kept_in_the_address_and_shown_again_after_a_reload(page: Page) -> None:
    open_summary(page, "annotations", "?show=object_area")
    distribution = page.get_by_role("region", name="Distribution", exact=True)
    logarithmic = distribution.get_by_role("button", name="Log axis")
    before = logarithmic.get_attribute("aria-pressed")
    logarithmic.click()
    expect(logarithmic).not_to_have_attribute("aria-pressed", str(before))
    distribution.get_by_role("button", name=re.compile("^Metric or property")).click()
    page.get_by_label("Find: Metric or property").fill("class")
    page.get_by_role("option", name=re.compile("^Class")).first.click()
    expect(page).to_have_url(re.compile("show=class"))
    page.get_by_role("button", name=re.compile("^Metric upwards")).click()
    page.get_by_role("option", name=re.compile("^Brightness")).last.click()
    expect(page).to_have_url(re.compile("y=brightness"))
    page.reload()
    expect(distribution.get_by_role("button", name="Metric or property: Class")).to_be_visible()
    expect(page.get_by_role("button", name="Metric upwards: Brightness")).to_be_visible()
    bar = distribution.get_by_role("listitem").first.get_by_role("link")
    most = ask(page, "distribution?scope=annotation&property=class")["values"][0]
    expect(bar).to_contain_text(most["label"])
    bar.click()
    expect(page).to_have_url(re.compile("/p/quickstart/explorer"))
    page.go_back()
    expect(distribution.get_by_role("button", name="Metric or property: Class")).to_be_visible()


def test_the_project_opens_at_its_summary_and_the_tabs_lead_on(page: Page) -> None:
    page.goto("/p/quickstart")
    expect(page).to_have_url(re.compile("/p/quickstart/summary/data"))
    page.get_by_role("navigation", name="Parts of the summary").get_by_role("link", name="Annotations").click()
    expect(page).to_have_url(re.compile("/summary/annotations"))
    pages = page.get_by_role("navigation", name="Pages of the project")
    expect(pages.get_by_role("link", name="Summary")).to_have_attribute("data-status", "active")
    pages.get_by_role("link", name="Explorer").click()
    expect(page.get_by_role("grid")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/summary/annotations"))
    page.goto("/p/quickstart/summary/nonsense")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()


def test_bars_and_bins_are_reached_by_the_keyboard(page: Page) -> None:
    open_summary(page, "data", "?show=brightness")
    bins = page.get_by_role("figure", name="Distribution of Brightness").locator("a")
    expect(bins.first).to_be_attached()
    assert [each.get_attribute("tabindex") for each in bins.all()].count("0") == 1, "one Tab stop for the whole chart"
    bins.first.focus()
    page.keyboard.press("ArrowRight")
    expect(bins.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(bins.last).to_be_focused()
    query = target(bins.last)["query"]
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/p/quickstart/explorer"))
    assert parse_qs(urlsplit(page.url).query)["query"][0] == query


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_nothing_is_wider_than_a_small_screen(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for part in PARTS:
        open_summary(page, part)
        page.wait_for_load_state("networkidle")
        content = page.locator("#content")
        assert content.evaluate("box => box.scrollWidth <= box.clientWidth")
