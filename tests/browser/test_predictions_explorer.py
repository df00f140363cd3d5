"""Step 14 of the tour: predictions, missed annotations and images by outcome, reason and any metric."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from assay.client.connection import connect
from tests.browser.conftest import Served
from tests.browser.steps import apply_query, box, card, choose_metric, expect_total, tell, tick, tray
from tests.browser.test_accessibility import serious_violations
from tests.browser.test_predictions import SET, ask, set_slider

AT = "?confidence=0.3"
ALL = f"{AT}&find="


@pytest.fixture(scope="module", autouse=True)
def evaluated(app: Served) -> Iterator[None]:
    """The sandbox's first set, evaluated once, so that kernels are compiled."""
    with connect(app.workspace, actor="test") as connection:
        connection.get("/api/projects/quickstart/evaluation", predictions=SET)
        yield


def open_items(page: Page, search: str = AT) -> None:
    page.goto(f"/p/quickstart/predictions/explorer{search}")
    expect(page.get_by_role("gridcell", name=re.compile("^(?!Loading)")).first).to_be_visible()


def outcome(page: Page, name: str) -> Any:
    """Return the switch of an outcome."""
    return page.get_by_role("region", name="Outcome").get_by_role("button", name=re.compile(f"^{name}"))


def reason(page: Page, name: str) -> Any:
    """Return the switch of a reason."""
    return page.get_by_role("region", name=re.compile("^Why")).get_by_role("button", name=re.compile(f"^{name}"))


def count_judged(page: Page, query: str, scope: str = "prediction", **question: Any) -> int:
    """Return how many judged items fulfil a query."""
    judged = {"predictions": SET, "confidence": 0.3, **question}
    found: int = tell(page, "query/parse", {"scope": scope, "text": query, **judged})["count"]
    return found


def test_outcomes_and_reasons_filter_predictions_and_agree_with_the_query(page: Page) -> None:
    open_items(page)
    found = ask(page, confidence=0.3)
    expect(outcome(page, "FP")).to_have_attribute("aria-pressed", "true")  # what a person sees first
    expect_total(page, found["fp"])
    outcome(page, "FP").click()
    expect_total(page, found["tp"] + found["fp"])
    page.reload()
    expect_total(page, found["tp"] + found["fp"])
    outcome(page, "FP").click()
    expect_total(page, found["fp"])
    expect(box(page)).to_have_value("outcome:fp")
    expect(outcome(page, "FP")).to_have_attribute("aria-pressed", "true")
    reason(page, "Background").click()
    expect_total(page, found["errors"]["background"]["count"])
    expect(box(page)).to_have_value("outcome:fp reason:background")
    expect(card(page, 0)).to_contain_text("FP")
    expect(card(page, 0)).to_contain_text("background")
    apply_query(page, "outcome:tp")
    expect_total(page, found["tp"])
    expect(outcome(page, "TP")).to_have_attribute("aria-pressed", "true")
    expect(reason(page, "Background")).to_have_attribute("aria-pressed", "false")
    page.go_back()
    expect_total(page, found["errors"]["background"]["count"])
    expect(reason(page, "Background")).to_have_attribute("aria-pressed", "true")


def test_predictions_are_filtered_and_sorted_by_any_metric_of_theirs_or_of_their_images(page: Page) -> None:
    open_items(page)
    apply_query(page, "outcome:fp brightness<0.5 object_area>200")
    expect_total(page, count_judged(page, "outcome:fp brightness<0.5 object_area>200"))
    for title in ("IoU with Annotation", "Absolute Area", "Brightness"):
        choose_metric(page, title)
        expect(page.get_by_role("button", name=f"Sort by: {title}")).to_be_visible()
        expect(page.get_by_role("region", name=f"Distribution of {title}")).to_be_visible()
        expect(page.locator("[role=gridcell][aria-busy=true]")).to_have_count(0)
    expect(page).to_have_url(re.compile("sort=brightness"))
    handle = page.get_by_role("slider", name=re.compile("^Upper end of the range of Brightness"))
    handle.focus()
    for _ in range(8):
        handle.press("PageDown")
    expect(page).to_have_url(re.compile(r"find=outcome.*brightness%3A"))
    expect_total(page, count_judged(page, box(page).input_value()))


def test_sliders_change_the_result_live_and_keep_the_query(page: Page) -> None:
    open_items(page, "?find=outcome:fp")
    expect_total(page, ask(page)["fp"])
    set_slider(page, "IoU threshold", 0.8)
    expect_total(page, ask(page, iou=0.8)["fp"])
    set_slider(page, "Confidence at least", 0.5)
    expect_total(page, ask(page, iou=0.8, confidence=0.5)["fp"])
    expect(page).to_have_url(re.compile("iou=0.8.*confidence=0.5"))
    expect(box(page)).to_have_value("outcome:fp")
    page.get_by_role("link", name="Summary", exact=True).last.click()
    expect(page.get_by_label("Numbers", exact=True)).to_contain_text(f"{ask(page, iou=0.8, confidence=0.5)['fp']:,}")
    page.get_by_role("link", name="Explorer", exact=True).last.click()
    expect(box(page)).to_have_value("outcome:fp")


def test_annotations_and_images_are_shown_with_what_was_predicted(page: Page) -> None:
    open_items(page)
    found = ask(page, confidence=0.3)
    shown = page.get_by_role("group", name="What is shown")
    shown.get_by_role("button", name="Annotations").click()
    expect_total(page, found["fn"])
    expect(box(page)).to_have_value("outcome:fn")
    expect(card(page, 0)).to_contain_text("FN")
    outcome(page, "FN").click()
    expect_total(page, found["annotations"] + found["ignored"])
    shown.get_by_role("button", name="Images").click()
    expect_total(page, found["images"])
    expect(page.get_by_role("button", name="Sort by: Errors")).to_be_visible()
    expect(card(page, 0)).to_contain_text(re.compile(r"\d+ FP"))
    outcome(page, "With FP").click()
    expect_total(page, count_judged(page, "outcome:fp", "image"))


def test_a_wrong_prediction_is_explained_beside_its_annotation_and_left_at_the_same_place(page: Page) -> None:
    open_items(page, f"{AT}&find=outcome:fp reason:localisation&sort=confidence")
    first = card(page, 0)
    first.focus()
    first.press("Enter")
    found = page.get_by_role("region", name="What the evaluation found")
    expect(found).to_contain_text("FP")
    expect(found).to_contain_text("localisation")
    expect(found).to_contain_text("IoU")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status").filter(has_text=re.compile("^2 of "))).to_be_visible()
    page.reload()
    expect(page.get_by_role("status").filter(has_text=re.compile("^2 of "))).to_be_visible()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Hide all")).first.click()
    expect(dialog.get_by_role("button", name="Show all")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(card(page, 1)).to_be_focused()
    card(page, 1).press("Enter")
    dialog.get_by_role("button", name="Go to the annotation").click()
    expect(page).to_have_url(re.compile("show=annotations"))
    expect(found).to_contain_text(re.compile("FN|Found"))


def test_predictions_tag_their_images_and_selected_annotations_are_tagged(page: Page) -> None:
    open_items(page, ALL)
    tick(page, [0])
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Tag the images of 1 prediction")
    dialog.get_by_role("combobox").fill("to-relabel")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tagged 1 image “to-relabel”.")).to_be_visible()
    expect(card(page, 0)).to_contain_text("Tags: to-relabel")
    open_items(page, f"{AT}&show=annotations&find=outcome:fn")
    total = ask(page, confidence=0.3)["fn"]
    card(page, 0).focus()
    page.keyboard.press("Control+a")
    expect(tray(page)).to_contain_text(f"{total:,} selected")
    page.keyboard.press("t")
    page.get_by_role("dialog").get_by_role("combobox").fill("to-relabel")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Tagged {total:,} annotations “to-relabel”.")).to_be_visible()
    tell(page, "tags/delete", {"name": "to-relabel"})


def test_numbers_of_the_other_parts_lead_to_exactly_their_items(page: Page) -> None:
    found = ask(page, confidence=0.3)
    first = found["per_class"][0]
    cells = [
        ("summary", lambda: page.get_by_label("Numbers", exact=True).get_by_role("link").nth(1), found["fp"]),
        ("summary", lambda: page.get_by_label("Numbers", exact=True).get_by_role("link").nth(2), found["fn"]),
        (
            "summary",
            lambda: page.get_by_role("region", name="What the errors cost").get_by_role(
                "link", name=re.compile("^Localisation")
            ),
            found["errors"]["localisation"]["count"],
        ),
        (
            "summary",
            lambda: page.get_by_role("region", name="Table of results by class").get_by_role("link").first,
            first["tp"],
        ),
        (
            "performance",
            lambda: page.get_by_role("region", name="Table of bins").get_by_role("link").first,
            next(
                each["predictions"]
                for each in ask(page, path="/performance", metric="confidence", bins=20, confidence=0.3)["bins"]
                if each["predictions"]
            ),
        ),
    ]
    for part, link, total in cells:
        page.goto(f"/p/quickstart/predictions/{part}{AT}")
        link().click()
        expect(page).to_have_url(re.compile("/predictions/explorer.*confidence=0.3"))
        expect_total(page, total)


def test_what_leaves_nothing_says_what_to_relax(page: Page) -> None:
    page.goto("/p/quickstart/predictions/explorer?confidence=1&find=outcome:fp reason:duplicate")
    expect(page.get_by_role("heading", name="No prediction is like that")).to_be_visible()
    page.get_by_role("button", name="Lower the confidence").click()
    expect(page).to_have_url(re.compile(r"confidence=0(&|$)"))
    apply_query(page, "outcome:sometimes")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/p/quickstart/predictions/explorer?find=outcome:sometimes")
    expect(page.get_by_text("This filter cannot be used")).to_be_visible()
    page.get_by_role("button", name="Show all predictions").click()
    expect(card(page, 0)).to_be_visible()


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_no_serious_accessibility_violation_and_nothing_wider_than_a_small_screen(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    open_items(page, f"{AT}&{urlencode({'find': 'outcome:fp'})}")
    page.wait_for_load_state("networkidle")
    assert serious_violations(page) == []
    assert page.locator("#content").evaluate("box => box.scrollWidth <= box.clientWidth")
    card(page, 0).dblclick()
    expect(page.get_by_role("region", name="What the evaluation found")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert serious_violations(page) == []
