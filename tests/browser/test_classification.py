"""Sets of classifications: their numbers equal the API's, lead to items, and speak of correct and misclassified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assay.client.connection import connect
from tests.browser.conftest import Served
from tests.browser.steps import card, expect_total
from tests.browser.test_accessibility import serious_violations
from tests.browser.test_predictions import ask, number, set_slider

PROJECT = "tabletop-classification"
FIRST, SECOND = "baseline", "improved"


@pytest.fixture(scope="module", autouse=True)
def sets(app: Served) -> Iterator[None]:
    """A small classification sandbox, which comes with two sets."""
    with connect(app.workspace, actor="test") as connection:
        connection.run_job(f"/api/sandboxes/{PROJECT}", {"images": 80})
        connection.get(f"/api/projects/{PROJECT}/evaluation", predictions=FIRST)
        yield
        connection.delete(f"/api/projects/{PROJECT}")


def told(page: Page, path: str = "", **question: Any) -> Any:
    """Return what the API says of the first set."""
    return ask(page, project=PROJECT, path=f"/classification{path}", name=FIRST, **question)


def open_part(page: Page, part: str, search: str = "") -> None:
    page.goto(f"/p/{PROJECT}/predictions/{part}{search}")
    expect(page.get_by_role("toolbar", name="What is evaluated")).to_be_visible()


def expect_number(page: Page, name: str, text: str) -> None:
    cell = page.get_by_label("Numbers", exact=True).locator("> div").filter(has=page.get_by_text(name, exact=True))
    expect(cell.locator("dd").first).to_have_text(text)


def test_the_numbers_equal_the_apis_and_follow_the_confidence_alone(page: Page) -> None:
    open_part(page, "summary")
    found = told(page)
    expect_number(page, "Accuracy", f"{found['accuracy']:.3f}")
    expect_number(page, "Macro F1", f"{found['macro']['f1']:.3f}")
    expect_number(page, "Weighted F1", f"{found['weighted']['f1']:.3f}")
    expect_number(page, "Top-5", f"{found['top_k']['5']:.3f}")
    expect(page.get_by_role("slider", name="IoU threshold")).to_have_count(0)
    expect(page.get_by_role("region", name="COCO summary")).to_have_count(0)
    set_slider(page, "Confidence at least", 0.7)
    sure = told(page, confidence=0.7)
    assert sure["unpredicted"] > 0
    expect_number(page, "Unpredicted", str(sure["unpredicted"]))
    expect_number(page, "Correct", str(sure["correct"]))
    interval = told(page, "/slow", confidence=0.7)["intervals"]["accuracy"]
    expect(page.get_by_label("Numbers", exact=True)).to_contain_text(
        "\N{EN DASH}".join(f"{end:.3f}" for end in interval)
    )


def test_numbers_lead_to_items_that_name_the_true_class(page: Page) -> None:
    open_part(page, "summary")
    misclassified = told(page)["misclassified"]
    assert number(page, "Misclassified") == str(misclassified)
    page.get_by_label("Numbers", exact=True).get_by_role("link", name=str(misclassified)).click()
    expect_total(page, misclassified)
    listed = page.request.get(
        f"/api/projects/{PROJECT}/cards?scope=prediction&predictions={FIRST}&query=outcome:fp&sort=-confidence&limit=1"
    ).json()["cards"][0]
    names = {each["row"]: each["name"] for each in page.request.get(f"/api/projects/{PROJECT}/classes").json()}
    (label,) = [shape for shape in listed["shapes"] if shape["of"] == "annotation"]
    expect(card(page, 0)).to_contain_text("Misclassified")
    expect(card(page, 0)).to_contain_text(names[label["class_row"]])
    expect(card(page, 0)).to_contain_text(names[listed["class_row"]])
    expect(card(page, 0)).not_to_contain_text("IoU")
    outcomes = page.get_by_role("region", name="Outcome")
    expect(outcomes.get_by_role("button", name=re.compile("^Misclassified"))).to_have_attribute("aria-pressed", "true")
    outcomes.get_by_role("button", name=re.compile("^Correct")).click()
    expect_total(page, told(page)["correct"])
    page.get_by_role("button", name="Labels", exact=True).click()
    expect_total(page, misclassified)  # nothing is unpredicted: what is labelled otherwise than predicted


def test_a_class_is_evaluated_alone_and_columns_order_the_classes(page: Page) -> None:
    open_part(page, "summary")
    classes = told(page)["per_class"]
    table = page.get_by_role("region", name="Table of results by class")
    supports = table.locator("tbody tr").first.locator("td").last
    expect(supports).to_have_text(str(max(each["support"] for each in classes)))
    table.get_by_role("button", name="Recall").click()
    most = max(each["recall"] for each in classes)
    expect(table.locator("tbody tr").first.locator("td").nth(1)).to_have_text(f"{most:.3f}")
    chosen = classes[1]["class"]
    table.get_by_role("button", name=chosen, exact=True).click()
    alone = told(page, query=f'class:"{chosen}"')
    expect_number(page, "Accuracy", f"{alone['accuracy']:.3f}")
    expect(table.get_by_role("rowheader")).to_have_count(1)


def test_a_bin_of_metric_performance_leads_to_its_images(page: Page) -> None:
    open_part(page, "performance", "?metric=brightness&bins=10")
    bins = told(page, "/performance", metric="brightness", bins=10)["bins"]
    fullest = max(bins, key=lambda each: each["images"])
    row = page.get_by_role("region", name="Table of bins").locator("tbody tr").nth(bins.index(fullest))
    expect(row).to_contain_text(f"{fullest['accuracy_low']:.3f} – {fullest['accuracy_high']:.3f}")
    row.get_by_role("link").click()
    expect_total(page, fullest["images"])


def test_two_sets_are_compared_by_what_became_of_their_images(page: Page) -> None:
    open_part(page, "compare")
    found = told(page, "/compare", other=SECOND)
    row = page.get_by_role("row", name=re.compile("^Accuracy"))
    expect(row).to_contain_text(f"{found['numbers']['accuracy']['second']:.3f}")
    fixed = found["changed"]["fixed"]["count"]
    assert fixed > 0
    expect(page.get_by_role("region", name="Fixed images")).to_contain_text("→")
    page.get_by_label("Images", exact=True).get_by_role("link").first.click()
    expect_total(page, fixed)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_no_serious_violation(page: Page) -> None:
    for part in ("summary", "performance", "explorer?find=outcome:fp"):
        open_part(page, part)
        page.wait_for_load_state("networkidle")
        assert serious_violations(page) == []
