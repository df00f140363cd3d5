"""Steps 3, 5, 6 and 7 of the tour, as a person takes them: cards, metric, worst first, expand, leave."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Served
from tests.browser.steps import DUPLICATES, LISTED, ask, choose_metric, expect_total, open_explorer


def ask_for_worst(page: Page, count: int) -> list[dict[str, Any]]:
    """Return the cards of the worst duplicates."""
    cards: list[dict[str, Any]] = ask(page, f"cards?{LISTED}&metric=annotation_duplicates&limit={count}")["cards"]
    return cards


def test_a_card_of_the_landing_page_opens_its_project(page: Page) -> None:
    page.goto("/")
    card = page.get_by_role("article", name="quickstart")
    expect(card).to_contain_text("30 images")
    card.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/p/quickstart/summary/data"))
    page.get_by_role("navigation", name="Pages of the project").get_by_role("link", name="Explorer").click()
    expect(page.get_by_role("grid")).to_be_visible()


def test_choosing_annotation_duplicates_tells_how_it_is_computed_and_opens_worst_first(page: Page) -> None:
    open_explorer(page)
    choose_metric(page, "Annotation Duplicates")
    metric = ask(page, "metrics/annotation_duplicates")
    panel = page.get_by_role("complementary", name="Metric")
    expect(panel).to_contain_text("Greatest overlap (IoU)")
    expect(panel).to_contain_text(f"{metric['severe']} severe")
    expect(panel).to_contain_text(f"{metric['moderate']} moderate")
    worst = ask_for_worst(page, 1)[0]
    first = page.get_by_role("gridcell").first
    expect(first).to_contain_text(f"{worst['value']:.3f}")
    shown = [float(re.findall(r"\d\.\d+", text)[-1]) for text in page.get_by_role("gridcell").all_inner_texts()[:5]]
    assert shown == sorted(shown, reverse=True)
    assert metric["severe"] > 0, "the sandbox has planted duplicates"


@pytest.mark.parametrize("title", ["Absolute Area", "Aspect Ratio"])
def test_other_metrics_of_the_tour_explain_themselves_and_count_their_outliers(page: Page, title: str) -> None:
    open_explorer(page, DUPLICATES)
    choose_metric(page, title)
    key = {"Absolute Area": "object_area", "Aspect Ratio": "object_aspect_ratio"}[title]
    metric = ask(page, f"metrics/{key}?scope=annotation")
    panel = page.get_by_role("complementary", name="Metric")
    expect(panel).to_contain_text(metric["summary"])
    outliers = metric["severe"] + metric["moderate"]
    assert outliers > 0
    for severity in ("severe", "moderate"):
        if metric[severity]:
            expect(panel).to_contain_text(f"{metric[severity]} {severity}")


def test_the_expanded_view_tells_both_duplicates_apart_and_escape_returns_to_the_card(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    first = page.get_by_role("gridcell").first
    first.hover()
    first.get_by_role("button", name=re.compile("^Expand")).click()
    why = page.get_by_role("region", name="Why this item stands out")
    worst = ask(page, "cards?scope=annotation&sort=-annotation_duplicates&metric=annotation_duplicates&limit=1")[
        "cards"
    ][0]
    partner = ask(page, f"annotations/{worst['partner_row']}")["id"]
    expect(why).to_contain_text(f"Overlaps annotation {partner} of the same class")
    expect(why).to_contain_text("A: this one")
    expect(why).to_contain_text("B: its partner")
    details = page.get_by_role("complementary", name="Details")
    for metric in ask(page, "metrics?scope=annotation"):
        if metric["count"] and metric["explains"]:  # of what no item has, or what is random, none is told
            expect(details).to_contain_text(metric["title"])
    expect(details).to_contain_text(worst["file_name"])
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()
    page.wait_for_function("document.activeElement.getAttribute('data-index') === '0'")


def test_arrows_walk_through_the_result_in_the_expanded_view(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    cards = ask(page, f"cards?{LISTED}&limit=3")["cards"]
    page.get_by_role("gridcell").first.dblclick()
    expect(page).to_have_url(re.compile(f"item={cards[0]['row']}\\b"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"item={cards[1]['row']}\\b"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"item={cards[2]['row']}\\b"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"item={cards[1]['row']}\\b"))
    expect(page.get_by_text(re.compile("^2 of"))).to_be_visible()


def test_a_reload_shows_the_same_and_back_undoes_the_last_step(page: Page) -> None:
    open_explorer(page)
    choose_metric(page, "Annotation Duplicates")
    first = page.get_by_role("gridcell").first
    expect(first).to_contain_text(re.compile(r"0\.\d"))
    before = first.inner_text()
    page.reload()
    expect(page.get_by_role("gridcell").first).to_have_text(before, use_inner_text=True)
    page.get_by_role("gridcell").first.dblclick()
    expect(page.get_by_role("complementary", name="Details")).to_be_visible()
    page.reload()
    expect(page.get_by_role("complementary", name="Details")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("complementary", name="Details")).to_be_hidden()
    expect(page).to_have_url(re.compile("annotation_duplicates"))


def test_everything_can_be_done_with_the_keyboard_alone(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    page.get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.getAttribute('data-index') === '1'")
    page.keyboard.press("End")
    total = ask(page, f"cards?{LISTED}&limit=1")["total"]
    page.wait_for_function(f"document.activeElement.getAttribute('data-index') === '{total - 1}'")
    page.keyboard.press("Home")
    page.wait_for_function("document.activeElement.getAttribute('data-index') === '0'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Details")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_theme_is_kept(page: Page) -> None:
    open_explorer(page)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_scrolling_to_the_end_shows_the_last_items(page: Page) -> None:
    open_explorer(page, DUPLICATES + "&size=s")
    listed = ask(page, f"cards?{LISTED}&limit=1")
    assert listed["folded"] > 0
    page.get_by_role("grid").evaluate("grid => { grid.parentElement.scrollTop = grid.parentElement.scrollHeight }")
    last = page.locator(f"[data-index='{listed['total'] - 1}']")
    expect(last).to_be_visible()
    expect_total(page, listed["total"] + listed["folded"])
    expect(page.get_by_text(f"{listed['folded']} pairs")).to_be_visible()


def test_two_tabs_do_not_disturb_each_other(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    other = page.context.new_page()
    open_explorer(other, "?scope=image&metric=object_count")
    expect(other.get_by_role("complementary", name="Metric")).to_contain_text("Object Count")
    expect(page.get_by_role("complementary", name="Metric")).to_contain_text("Annotation Duplicates")
    page.reload()
    expect(page.get_by_role("complementary", name="Metric")).to_contain_text("Annotation Duplicates")


def test_an_image_whose_file_is_gone_has_a_picture_that_says_so(page: Page, app: Served) -> None:
    name = json.loads((app.workspace / "quickstart" / "annotations.json").read_text())["images"][0]["file_name"]
    file = app.workspace / "quickstart" / "images" / name
    hidden = file.with_suffix(".away")
    file.rename(hidden)
    try:
        open_explorer(page, "?scope=image&item=0")
        expect(page.get_by_text(re.compile("missing|gone|cannot be", re.IGNORECASE)).first).to_be_visible()
        expect(page.get_by_text("Put the file back, or correct the folder, then run assay refresh.")).to_be_visible()
        expect(page.get_by_role("button", name="Copy the path")).to_be_visible()
    finally:
        hidden.rename(file)


def test_a_banner_counts_the_files_that_are_not_there_and_leads_to_them(page: Page) -> None:
    def with_missing(route: Route) -> None:
        answer = route.fetch()
        status = {"ok": 17, "missing": 12, "unreadable": 1}
        route.fulfill(response=answer, json={**answer.json(), "image_status": status})

    page.route("**/api/projects/quickstart", with_missing)
    open_explorer(page, "?scope=image")
    banner = page.get_by_role("note", name="Image files")
    expect(banner).to_contain_text("12 image files are not there.")
    expect(banner).to_contain_text("1 image file cannot be read.")
    banner.get_by_role("button", name="Show them").click()
    expect(page.get_by_role("combobox", name="Query")).to_have_value("status:missing")


def test_an_unknown_project_and_an_unknown_page_have_a_designed_answer(page: Page) -> None:
    page.goto("/p/no-such-project/explorer")
    expect(page.get_by_text("There is no such project")).to_be_visible()
    page.goto("/no/such/page")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()


@pytest.mark.parametrize("size", ["s", "m", "l", "xl"])
def test_the_overlay_of_a_card_is_as_wide_as_the_card_so_that_it_lies_on_the_objects(page: Page, size: str) -> None:
    open_explorer(page, f"?scope=image&metric=object_count&size={size}")
    card = page.get_by_role("gridcell").first
    expect(card.locator("canvas")).to_be_visible()
    drawn, shown, cell = card.evaluate(
        """cell => {
            const canvas = cell.querySelector("canvas");
            return [canvas.width / devicePixelRatio, canvas.getBoundingClientRect().width, cell.clientWidth];
        }"""
    )
    assert abs(drawn - shown) <= 1
    assert abs(drawn - cell) <= 1
