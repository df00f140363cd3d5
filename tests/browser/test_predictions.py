"""Steps 10 to 13 of the tour: numbers follow the sliders and equal the API's, classes restrict, metrics explain."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Request, expect

from assay.client.connection import connect
from tests.browser.conftest import Served
from tests.browser.steps import expect_total
from tests.browser.test_accessibility import serious_violations
from tests.conftest import Dataset

SET = "baseline"
BARE = "bare"
DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "coco-train-343"
SLOW_MS = 60_000  # kernels may have to be compiled first


@pytest.fixture(scope="module", autouse=True)
def sets(app: Served, make_shared_dataset: Callable[..., Dataset]) -> Iterator[None]:
    """The sandbox, which comes with two prediction sets, and a project without any."""
    with connect(app.workspace, actor="test") as connection:
        body = make_shared_dataset().body(name=BARE, files="copy")
        connection.run_job("/api/projects/import/coco", body)
        connection.get("/api/projects/quickstart/evaluation", predictions=SET)
        yield
        connection.delete(f"/api/projects/{BARE}")


def ask(page: Page, project: str = "quickstart", path: str = "", name: str = SET, **question: Any) -> Any:
    """Return what the API says of an evaluation."""
    asked = urlencode({"predictions": name, **question})
    answer = page.request.get(f"/api/projects/{project}/evaluation{path}?{asked}", timeout=SLOW_MS)
    assert answer.ok, answer.text()
    return answer.json()


def open_page(page: Page, part: str = "summary", search: str = "") -> None:
    page.goto(f"/p/quickstart/predictions/{part}{search}")
    expect(page.get_by_role("toolbar", name="What is evaluated")).to_be_visible()


def number(page: Page, name: str) -> str:
    """Return a number of the strip as it is written."""
    cell = (
        page.get_by_label("Numbers", exact=True)
        .locator("> div")
        .filter(has=page.locator("dt", has_text=re.compile(rf"^{name}\b")))
    )
    return cell.locator("dd").first.inner_text()


def expect_numbers(page: Page, found: Any) -> None:
    """Wait until the strip shows an evaluation."""
    strip = page.get_by_label("Numbers", exact=True)
    for name, value in {
        "mAP": f"{found['mAP']:.3f}",
        "mAR": f"{found['mAR']:.3f}",
        "TP": f"{found['tp']:,}",
        "FP": f"{found['fp']:,}",
        "FN": f"{found['fn']:,}",
        "Precision": f"{found['precision']:.3f}",
        "Recall": f"{found['recall']:.3f}",
        "F1": f"{found['f1']:.3f}",
        "Annotations": f"{found['annotations']:,}",
    }.items():
        cell = strip.locator("> div").filter(has=page.locator("dt", has_text=re.compile(rf"^{name}\b")))
        expect(cell.locator("dd").first).to_have_text(value)


def set_slider(page: Page, name: str, value: float) -> None:
    page.get_by_role("slider", name=name).fill(str(value))


def test_numbers_change_with_the_iou_slider_and_equal_the_apis(page: Page) -> None:
    open_page(page)
    expect_numbers(page, ask(page, iou=0.5))
    before = number(page, "mAP")
    set_slider(page, "IoU threshold", 0.85)
    strict = ask(page, iou=0.85)
    assert f"{strict['mAP']:.3f}" != before
    expect_numbers(page, strict)
    expect(page).to_have_url(re.compile("iou=0.85"))
    set_slider(page, "Confidence at least", 0.4)
    expect_numbers(page, ask(page, iou=0.85, confidence=0.4))


def test_the_coco_table_holds_the_twelve_numbers_whatever_the_sliders(page: Page) -> None:
    open_page(page, search="?iou=0.9&confidence=0.5")
    table = page.get_by_role("region", name="COCO summary")
    expect(table).to_be_visible()
    expected = ask(page, iou=0.9, confidence=0.5)["coco"]
    shown = {cell.get_attribute("data-name"): cell.inner_text() for cell in table.locator("td").all()}
    assert shown == {name: "–" if value < 0 else f"{value:.3f}" for name, value in expected.items()}
    assert len(shown) == 12


def test_dragging_keeps_one_question_under_way_and_leaves_no_history(page: Page) -> None:
    open_page(page)
    expect_numbers(page, ask(page, iou=0.5))
    steps = page.evaluate("history.length")
    running: set[Request] = set()
    most = asked = 0

    def begin(request: Request) -> None:
        nonlocal most, asked
        if "/evaluation?" in request.url:
            running.add(request)
            asked += 1
            most = max(most, len(running))

    def end(request: Request) -> None:
        running.discard(request)

    page.on("request", begin)
    page.on("requestfinished", end)
    page.on("requestfailed", end)
    box = page.get_by_role("slider", name="IoU threshold").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(25):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.01 * step), y)
        expect(page.get_by_label("Numbers", exact=True)).to_be_visible()
    page.mouse.up()
    page.wait_for_load_state("networkidle")
    assert asked > 3, "the numbers follow while it is dragged"
    assert most == 1
    assert page.evaluate("history.length") == steps
    value = float(page.get_by_role("slider", name="IoU threshold").input_value())
    expect_numbers(page, ask(page, iou=value))


def test_a_typed_threshold_is_taken_and_nonsense_is_not(page: Page) -> None:
    open_page(page)
    field = page.get_by_role("textbox", name="IoU threshold, number")
    field.fill("0,75")
    field.press("Enter")
    expect_numbers(page, ask(page, iou=0.75))
    field.fill("half")
    field.press("Enter")
    expect(field).to_have_value("0.75")


def test_the_class_drop_down_restricts_the_numbers(page: Page) -> None:
    open_page(page)
    name = ask(page)["per_class"][0]["class"]
    page.get_by_role("button", name=re.compile("^Classes: All")).click()
    page.get_by_role("option").filter(has_text=re.compile(rf"^{name}\d")).click()
    expect_numbers(page, ask(page, query=f"class:{name}"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("list", name="Filters")).to_contain_text(f"class:{name}")
    page.go_back()
    expect_numbers(page, ask(page))


def test_a_click_on_a_class_evaluates_it_alone_and_another_one_all_again(page: Page) -> None:
    open_page(page)
    name = ask(page)["per_class"][1]["class"]
    table = page.get_by_role("region", name="Table of results by class")
    table.get_by_role("button", name=name, exact=True).click()
    expect_numbers(page, ask(page, query=f'class:"{name}"'))
    table.get_by_role("button", name=name, exact=True).click()
    expect_numbers(page, ask(page))


def test_classes_are_sorted_by_ap_as_the_api_sorts_them(page: Page) -> None:
    open_page(page)
    table = page.get_by_role("region", name="Table of results by class")
    table.get_by_role("button", name="AP", exact=True).click()
    best = max(each["ap"] for each in ask(page)["per_class"] if each["ap"] is not None)
    first = table.get_by_role("row").filter(has=page.get_by_role("rowheader")).first
    expect(first.locator("[data-column=ap]")).to_have_text(f"{best:.3f}")


def test_a_reload_and_a_link_show_the_same(page: Page) -> None:
    search = "?iou=0.6&confidence=0.25&query=object_area>900&covered_only=true&order=ap"
    open_page(page, search=search)
    found = ask(page, iou=0.6, confidence=0.25, query="object_area>900", covered_only=True)
    expect_numbers(page, found)
    page.reload()
    expect_numbers(page, found)
    expect(page.get_by_role("slider", name="IoU threshold")).to_have_value("0.6")
    expect(page.get_by_role("switch", name="Only covered images")).to_be_checked()
    expect(page.get_by_role("combobox", name="Query")).to_have_value("object_area>900")


def test_back_from_the_items_of_a_number_leads_to_where_it_is_on_the_page(page: Page) -> None:
    open_page(page, search="?confidence=0.3")
    link = page.get_by_role("list", name="Most confused classes").get_by_role("link").first
    link.scroll_into_view_if_needed()
    link.click()
    expect(page).to_have_url(re.compile(r"/predictions/explorer\?"))
    page.go_back()
    expect(link).to_be_in_viewport()


def test_the_cell_that_the_arrow_keys_reach_is_in_sight(page: Page) -> None:
    open_page(page)
    matrix = page.get_by_role("application", name="Annotated class by predicted class")
    matrix.focus()
    cell = page.get_by_text(re.compile(r"\S found:"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    first = cell.inner_text()
    steps = {"ArrowDown": 50, "ArrowRight": 60}
    for key, count in steps.items():
        for _ in range(count):
            page.keyboard.press(key)
    expect(matrix.locator("> a, > span")).to_be_in_viewport(ratio=0.9)
    for key, count in zip(("ArrowUp", "ArrowLeft"), steps.values(), strict=True):
        for _ in range(count):
            page.keyboard.press(key)
    expect(matrix.locator("> a, > span")).to_be_in_viewport(ratio=0.9)
    expect(cell).to_have_text(first)


def test_tab_leads_from_the_query_with_its_completions_to_the_sliders(page: Page) -> None:
    open_page(page)
    box = page.get_by_role("combobox", name="Query")
    box.focus()
    expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
    box.press("Tab")
    expect(page.get_by_role("button", name="Prediction set")).to_be_focused()


def test_what_takes_longer_comes_when_the_sliders_rest(page: Page) -> None:
    open_page(page)
    slow = ask(page, path="/slow")
    low, high = slow["intervals"]["mAP"]
    expect(page.get_by_label("Numbers", exact=True)).to_contain_text(f"{low:.3f}–{high:.3f}", timeout=SLOW_MS)
    costs = page.get_by_role("region", name="What the errors cost")
    missed = costs.get_by_role("listitem").filter(has_text="Missed")
    expect(missed).to_contain_text(f"{slow['costs']['missed'] * 100:.1f}")
    expect(missed).to_contain_text(f"{ask(page)['errors']['missed']['count']:,}")
    expect(costs).to_contain_text("do not add up")


def test_a_bar_of_importance_leads_to_the_metrics_performance(page: Page) -> None:
    open_page(page, search="?iou=0.6")
    panel = page.get_by_role("region", name="Metric importance")
    bars = panel.get_by_role("link").filter(has_not_text="Confidence")
    expect(bars.first).to_be_visible(timeout=SLOW_MS)
    title = bars.first.locator("span").first.inner_text()
    bars.first.click()
    expect(page).to_have_url(re.compile(r"/predictions/performance\?.*iou=0.6"))
    expect(page.get_by_role("button", name=f"Metric: {title.removesuffix(' (image)')}")).to_be_visible()


def test_performance_by_confidence_shows_bins_and_their_numbers(page: Page) -> None:
    open_page(page, "performance")
    expect(page.get_by_role("button", name="Metric: Confidence")).to_be_visible()
    page.get_by_role("button", name="10", exact=True).click()
    found = ask(page, path="/performance", metric="confidence", bins=10)
    rows = page.get_by_role("region", name="Table of bins").locator("tbody tr")
    expect(rows).to_have_count(len(found["bins"]))
    for row, expected in zip(rows.all(), found["bins"], strict=True):
        cells = row.locator("td").all_inner_texts()
        assert cells[0] == f"{expected['predictions']:,}"
        assert cells[1] == ("—" if expected["precision"] is None else f"{expected['precision']:.3f}")
        assert cells[4] == f"{expected['fnr']:.3f}"
    chart = page.get_by_role("figure", name="Precision by Confidence")
    expect(chart).to_contain_text(f"overall {found['precision']:.3f}")
    chart.hover()
    expect(chart).to_contain_text(re.compile(r"\d prediction|no predictions"))
    page.get_by_role("button", name="Equal count").click()
    expect(page).to_have_url(re.compile("bins=10.*binning=count"))


def test_a_metric_that_predictions_lack_is_said_in_words(page: Page) -> None:
    open_page(page, "performance", "?metric=crop_brightness")
    expect(page.get_by_role("region", name="Precision")).to_contain_text("it is measured on annotations only")
    expect(page.get_by_role("figure", name=re.compile("^False-negative rate"))).to_be_visible()


def test_a_project_without_predictions_says_how_they_come_in(page: Page) -> None:
    page.goto(f"/p/{BARE}/predictions")
    expect(page.get_by_text(f"assay import predictions --coco FILE --name NAME -t {BARE}")).to_be_visible()
    page.get_by_role("button", name="Import predictions").click()
    dialog = page.get_by_role("dialog", name="Import predictions")
    dialog.get_by_label("Results file").fill("/nowhere/results.json")
    dialog.get_by_label("Name of the set").fill("none")
    dialog.get_by_role("button", name="Import").click()
    expect(dialog).to_contain_text(re.compile("nowhere|not exist|no such", re.IGNORECASE))


def test_a_set_is_imported_renamed_and_removed(page: Page, app: Served) -> None:
    open_page(page)
    page.get_by_role("button", name=f"Prediction set: {SET}").click()
    page.get_by_role("menuitem", name="Import another").click()
    dialog = page.get_by_role("dialog", name="Import predictions")
    dialog.get_by_label("Results file").fill(str(app.workspace / "quickstart" / "predictions" / f"{SET}.json"))
    dialog.get_by_label("Name of the set").fill("second")
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name=f"Prediction set: {SET}").click()
    page.get_by_role("menuitemradio", name=re.compile("^second")).click()
    expect(page).to_have_url(re.compile("set=second"))
    expect_numbers(page, ask(page, name="second"))
    page.get_by_role("button", name="Prediction set: second").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("other")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("button", name="Prediction set: other")).to_be_visible()
    page.get_by_role("button", name="Prediction set: other").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove set").click()
    expect(page.get_by_role("button", name=f"Prediction set: {SET}")).to_be_visible()


def test_what_cannot_be_evaluated_says_why(page: Page) -> None:
    open_page(page)
    box = page.get_by_role("combobox", name="Query")
    box.fill("class:person or brightness<0.2")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("cannot be joined by “or”")
    expect(page.get_by_label("Numbers", exact=True)).to_be_visible()
    page.goto("/p/quickstart/predictions/summary?query=outcome:fp")
    expect(page.get_by_text("This filter cannot be used in an evaluation")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("cannot be filtered by outcome")
    page.get_by_role("button", name="Clear the filter").click()
    expect_numbers(page, ask(page))
    page.goto("/p/quickstart/predictions/summary?set=gone")
    expect(page.get_by_text("There is no prediction set called “gone”")).to_be_visible()
    page.get_by_role("button", name=SET).click()
    expect_numbers(page, ask(page))
    page.goto("/p/quickstart/predictions/summary?task=keypoints")
    expect(page.get_by_text("cannot be evaluated by keypoints")).to_be_visible()
    page.get_by_role("button", name="Evaluate boxes").click()
    expect_numbers(page, ask(page))


def test_a_comparison_with_a_set_that_is_gone_says_what_it_compares_with(page: Page) -> None:
    open_page(page, part="compare", search="?other=gone")
    expect(page.get_by_text("There is no prediction set called gone")).to_contain_text("compares with improved")
    open_page(page, part="compare", search="?other=improved")
    expect(page.get_by_label("Comparing")).to_be_hidden()
    expect(page.get_by_text("There is no prediction set called")).to_have_count(0)


def test_two_sets_are_swapped_without_ever_being_compared_with_themselves(page: Page) -> None:
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    open_page(page, part="compare")
    expect(page.get_by_text("improved minus baseline")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("baseline minus improved")).to_be_visible(timeout=SLOW_MS)
    assert refused == []


def test_the_palette_reaches_the_pages_and_sets(page: Page) -> None:
    open_page(page)
    for typed, address in {"metric perf": "/predictions/performance", SET: f"/predictions/summary.*set={SET}"}.items():
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Search or jump to").fill(typed)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(address))


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("path", ["summary", "performance?metric=object_area", "summary?query=outcome:fp"])
def test_no_serious_accessibility_violation_and_nothing_wider_than_a_small_screen(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/p/quickstart/predictions/{path}")
    expect(page.get_by_role("toolbar", name="What is evaluated")).to_be_visible()
    page.wait_for_load_state("networkidle", timeout=SLOW_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=SLOW_MS)
    page.wait_for_timeout(300)  # until what was dimmed has its colour back
    assert serious_violations(page) == []
    assert page.locator("#content").evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_the_empty_state_has_no_serious_accessibility_violation(page: Page) -> None:
    page.goto(f"/p/{BARE}/predictions/summary")
    expect(page.get_by_text("No predictions yet")).to_be_visible()
    assert serious_violations(page) == []


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real photographs are not at {DATA}")
def test_real_predictions_on_real_photographs(page: Page, app: Served) -> None:
    project, name = "coco-evaluated", "yolox_nano"
    with connect(app.workspace, actor="test") as connection:
        body = {"images": str(DATA / "images"), "annotations": str(DATA / "instances_train2017.json")}
        connection.run_job("/api/projects/import/coco", {**body, "name": project})
        file = DATA / "predictions_yolox_nano_train2017.json"
        connection.run_job(f"/api/projects/{project}/predictions/import", {"path": str(file), "name": name})
        try:
            page.goto(f"/p/{project}/predictions/summary?confidence=0.3")
            expect_numbers(page, ask(page, project, name=name, confidence=0.3))
            expect(page.get_by_role("status").filter(has_text=re.compile(r"99\.7\s%\scovered"))).to_be_visible()
            set_slider(page, "IoU threshold", 0.75)
            found = ask(page, project, name=name, confidence=0.3, iou=0.75)
            expect_numbers(page, found)
            page.get_by_role("link", name=f"{found['fn']:,}", exact=True).first.click()
            expect_total(page, found["fn"])
            page.get_by_role("button", name="Predictions", exact=True).click()
            page.get_by_role("button", name=re.compile("^Wrong class")).click()
            expect_total(page, found["errors"]["class"]["count"])
            expect(page.get_by_role("gridcell").first).to_contain_text("wrong class")
        finally:
            connection.delete(f"/api/projects/{project}")
