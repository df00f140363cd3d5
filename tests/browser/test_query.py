"""Step 5 and 7 of the tour with a filter: query box, completion, errors, chips, sidebar, brush, links."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.steps import (
    DUPLICATES,
    LISTED,
    OBJECTS,
    apply_query,
    ask,
    box,
    choose_metric,
    count,
    expect_total,
    open_explorer,
    tick,
    tray,
)


def chips(page: Page) -> list[str]:
    return page.get_by_role("list", name="Filters").locator(".chip").all_inner_texts()


def first_class(page: Page, scope: str = "annotation") -> tuple[str, int]:
    """Return the most frequent class as a term, and how many items have it."""
    value = ask(page, f"distribution?scope={scope}&property=class&limit=5")["values"][0]
    return value["query"], value["count"]


def test_slash_leads_to_the_box_and_enter_applies_the_query(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    page.keyboard.press("/")
    expect(box(page)).to_be_focused()
    page.keyboard.type(term)
    expect(page).not_to_have_url(re.compile("query="))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("query="))
    expect_total(page, wanted)
    assert chips(page) == [term]


def test_a_key_and_its_value_are_completed_by_the_keyboard_alone(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    name = term.removeprefix("class:").strip('"')
    box(page).focus()
    page.keyboard.type("cla")
    options = page.get_by_role("listbox", name="Completions").get_by_role("option")
    expect(options.first).to_contain_text("class")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value("class:")
    page.keyboard.type(name[:3])
    expect(options.filter(has_text=name).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(re.compile(r"^class:\S+.* $"))
    page.keyboard.type("object_area")
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    page.keyboard.type(">0")
    page.keyboard.press("Enter")
    expect_total(page, count(page, f"{term} object_area>0"))
    assert wanted > 0


def test_a_wrong_name_is_marked_and_mended_while_the_last_result_stays(page: Page) -> None:
    open_explorer(page, OBJECTS)
    total = count(page, "")
    apply_query(page, "object_aera>0")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("object_aera")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    marked = page.locator("main span[data-wrong='true']").filter(has_text="object_aera")
    expect(marked).to_have_count(1)
    expect_total(page, total)
    expect(page).not_to_have_url(re.compile("query="))
    alert.get_by_role("button", name=re.compile("Did you mean")).click()
    expect(box(page)).to_have_value("object_area>0")
    expect(alert).to_be_hidden()
    expect_total(page, count(page, "object_area>0"))


def test_a_text_that_is_no_query_says_what_was_expected(page: Page) -> None:
    open_explorer(page, OBJECTS)
    apply_query(page, "object_area>0 (")
    expect(page.get_by_role("alert")).to_contain_text("Expected:")


def test_a_link_with_a_query_that_does_not_work_says_so_and_can_be_cleared(page: Page) -> None:
    page.goto("/p/quickstart/explorer?scope=annotation&query=tag:never_made")
    expect(page.get_by_role("alert")).to_contain_text("never_made")
    expect(page.get_by_text("This filter cannot be used")).to_be_visible()
    page.get_by_role("button", name="Clear filter").click()
    expect_total(page, count(page, ""))


def test_a_chip_takes_its_condition_away(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    apply_query(page, f"{term} object_area>=0")
    expect(page.get_by_role("list", name="Filters").locator(".chip")).to_have_count(2)
    page.get_by_role("button", name="Remove the filter object_area>=0").click()
    expect_total(page, wanted)
    expect(box(page)).to_have_value(term)


def test_nothing_found_offers_to_clear_the_filter(page: Page) -> None:
    open_explorer(page, OBJECTS)
    apply_query(page, "object_area<0")
    expect(page.get_by_text("No annotation passes the filter")).to_be_visible()
    page.get_by_role("button", name="Clear filter").click()
    expect_total(page, count(page, ""))
    expect(box(page)).to_have_value("")


def test_a_reload_keeps_the_query_and_back_leads_from_filter_to_filter(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    apply_query(page, term)
    expect_total(page, wanted)
    apply_query(page, f"{term} object_area>100")
    narrowed = count(page, f"{term} object_area>100")
    expect(page).to_have_url(re.compile("object_area%3E100|object_area>100"))
    expect_total(page, narrowed)
    page.reload()
    expect_total(page, narrowed)
    expect(box(page)).to_have_value(f"{term} object_area>100")
    page.go_back()
    expect_total(page, wanted)
    page.go_back()
    expect_total(page, count(page, ""))
    expect(box(page)).to_have_value("")


def test_the_query_stays_when_the_kind_of_items_changes_and_the_ticks_go(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    apply_query(page, term)
    expect_total(page, wanted)
    tick(page, [0])
    expect(tray(page)).to_contain_text("1 selected")
    page.get_by_role("button", name="Annotations", exact=True).click()
    page.get_by_role("menuitemradio", name="Images").click()
    expect_total(page, count(page, term, "image"))
    expect(box(page)).to_have_value(term)
    expect(tray(page)).to_be_hidden()


def test_two_tabs_keep_their_own_queries(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    apply_query(page, term)
    other = page.context.new_page()
    open_explorer(other, OBJECTS)
    expect_total(other, count(page, ""))
    expect_total(page, wanted)


def test_a_class_of_the_sidebar_filters_and_a_second_one_is_added_by_or(page: Page) -> None:
    open_explorer(page, OBJECTS)
    first, second = ask(page, "distribution?scope=annotation&property=class&limit=5")["values"][:2]
    classes = page.get_by_role("region", name="Class")
    classes.get_by_role("button", name=re.compile(f"^{first['label']}")).click()
    expect_total(page, first["count"])
    classes.get_by_role("button", name=re.compile(f"^{second['label']}")).click(modifiers=["ControlOrMeta"])
    expect_total(page, first["count"] + second["count"])
    for value in (first, second):
        button = classes.get_by_role("button", name=re.compile(f"^{value['label']}"))
        expect(button).to_have_attribute("aria-pressed", "true")
    classes.get_by_role("button", name=re.compile(f"^{first['label']}")).click(modifiers=["ControlOrMeta"])
    expect_total(page, second["count"])


def test_a_bar_of_the_histogram_opens_exactly_its_items(page: Page) -> None:
    open_explorer(page, "?scope=annotation&metric=object_aspect_ratio")
    bins = ask(page, "metrics/object_aspect_ratio/histogram?scope=annotation&bins=80")["bins"]
    at = max(range(len(bins)), key=lambda index: bins[index]["count"])
    plot = page.get_by_role("region", name="Distribution of Aspect Ratio").get_by_role("group")
    area = plot.bounding_box()
    assert area is not None
    plot.click(position={"x": (at + 0.5) / len(bins) * area["width"], "y": 20})
    expect_total(page, bins[at]["count"])
    assert chips(page) == [bins[at]["query"]]


def test_dragging_over_the_histogram_filters_by_a_range_and_another_drag_replaces_it(page: Page) -> None:
    open_explorer(page, "?scope=annotation&metric=object_aspect_ratio")
    bins = ask(page, "metrics/object_aspect_ratio/histogram?scope=annotation&bins=80")["bins"]
    area = page.get_by_role("region", name="Distribution of Aspect Ratio").get_by_role("group").bounding_box()
    assert area is not None

    def drag(first: int, last: int) -> None:
        x, y = area["x"], area["y"] + 20
        page.mouse.move(x + (first + 0.5) / len(bins) * area["width"], y)
        page.mouse.down()
        page.mouse.move(x + (last + 0.5) / len(bins) * area["width"], y, steps=5)
        page.mouse.up()

    drag(2, 10)
    expect_total(page, sum(each["count"] for each in bins[2:11]))
    area = page.get_by_role("region", name="Distribution of Aspect Ratio").get_by_role("group").bounding_box()
    drag(20, 4)
    expect_total(page, sum(each["count"] for each in bins[4:21]))
    assert len(chips(page)) == 1


def test_the_range_is_moved_by_arrow_keys(page: Page) -> None:
    open_explorer(page, "?scope=annotation&metric=object_aspect_ratio")
    bins = ask(page, "metrics/object_aspect_ratio/histogram?scope=annotation&bins=80")["bins"]
    lower = page.get_by_role("slider", name="Lower end of the range of Aspect Ratio")
    lower.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect_total(page, sum(each["count"] for each in bins[3:]))
    expect(lower).to_be_focused()
    page.keyboard.press("Delete")
    expect_total(page, count(page, ""))


def test_the_outlier_chips_of_the_panel_open_the_outliers_worst_first(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    metric = ask(page, "metrics/annotation_duplicates?scope=annotation")
    panel = page.get_by_role("complementary", name="Metric")
    panel.get_by_role("button", name=re.compile(r"\d+ severe")).click()
    expect_total(page, metric["severe"])
    assert chips(page) == ["severe:annotation_duplicates"]
    expect(panel).to_contain_text("of the filtered annotations")
    moderate = panel.get_by_role("button", name=re.compile(r"\d+ moderate"))
    expect(moderate).to_have_count(0)  # none of the severe ones
    apply_query(page, "")
    moderate.click()
    expect_total(page, metric["moderate"])


def test_the_expanded_view_counts_and_walks_through_the_filtered_result(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    apply_query(page, "severe:annotation_duplicates")
    severe = ask(page, "metrics/annotation_duplicates?scope=annotation")["severe"]
    expect_total(page, severe)
    cards = ask(page, f"cards?{LISTED}&query=severe:annotation_duplicates")["total"]
    page.locator("[data-index='1']").dblclick()
    expect(page.get_by_text(f"2 of {cards}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(f"1 of {cards}")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.getAttribute('data-index') === '0'")
    expect_total(page, severe)


def test_a_metric_chosen_under_a_filter_keeps_the_filter(page: Page) -> None:
    open_explorer(page, OBJECTS)
    term, wanted = first_class(page)
    apply_query(page, term)
    choose_metric(page, "Aspect Ratio")
    expect_total(page, wanted)
    assert chips(page) == [term]


def test_a_file_name_filters_to_its_image(page: Page, app: Served) -> None:
    name = json.loads((app.workspace / "quickstart" / "annotations.json").read_text())["images"][0]["file_name"]
    open_explorer(page, "?scope=image")
    apply_query(page, f'file:"{name}"')
    expect_total(page, 1)


@pytest.mark.parametrize("scope", ["image", "annotation"])
def test_the_numbers_beside_classes_and_at_outliers_are_those_of_the_filter(page: Page, scope: str) -> None:
    open_explorer(page, f"?scope={scope}&query=object_area%3E20000")
    expect_total(page, count(page, "object_area>20000", scope))
    classes = page.get_by_role("region", name="Class")
    shown = re.compile(r"^(.+?)([\d,]+)$")
    second = classes.get_by_role("listitem").nth(1)
    kept = "not not " if scope == "image" else ""
    name = (second.get_by_role("button").get_attribute("title") or "").split(":")[0]
    number = count(page, f'object_area>20000 {kept}class:"{name}"', scope)
    assert 0 < number < count(page, f'class:"{name}"', scope), "the filter takes some away"
    expect(second).to_have_text(f"{name}{number:,}")
    second.get_by_role("button").click()
    expect_total(page, number)
    expect(second).to_have_text(f"{name}{number:,}")  # alternatives keep their numbers
    expect(second.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    first = classes.get_by_role("listitem").first
    match = shown.match(first.inner_text().replace("\n", ""))
    assert match is not None
    first.get_by_role("button").click()
    expect_total(page, int(match[2].replace(",", "")))


def test_the_chips_of_outliers_count_and_open_what_is_within_the_filter(page: Page) -> None:
    open_explorer(page, "?scope=annotation&metric=object_aspect_ratio&query=object_area%3E5000")
    outliers = count(page, "object_area>5000 outlier:object_aspect_ratio")
    assert 0 < outliers < count(page, "outlier:object_aspect_ratio")
    chips = page.get_by_role("complementary", name="Metric").get_by_role("button", name=re.compile("severe|moderate"))
    expect(chips.first).to_be_visible()
    numbers = [int(re.sub(r"\D", "", text)) for text in chips.all_inner_texts()]
    assert sum(numbers) == outliers
    chips.first.click()
    expect_total(page, numbers[0])
    assert "object_area>5000" in box(page).input_value()


@pytest.mark.parametrize(
    ("scope", "way"), [("image", "class:{0} not (not class:{1})"), ("annotation", "class:{0} or class:{1}")]
)
def test_two_classes_side_by_side_find_nothing_and_the_page_says_how_to_ask(page: Page, scope: str, way: str) -> None:
    names = [value["label"] for value in ask(page, "distribution?scope=annotation&property=class&limit=50")["values"]]
    one, two = [name for name in names if " " not in name][:2]
    open_explorer(page, f"?scope={scope}")
    apply_query(page, f"class:{one} class:{two}")
    expect_total(page, 0)
    expect(page.get_by_text("speak of the same annotation")).to_contain_text(way.format(one, two))
