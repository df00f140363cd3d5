"""Predictions > Compare: two sets side by side, and the way to the images that changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, expect_total
from tests.browser.test_accessibility import serious_violations

AT = "?confidence=0.3&compared_confidence=0.3"


def open_comparison(page: Page, search: str = AT) -> None:
    page.goto(f"/p/quickstart/predictions/compare{search}")
    expect(page.get_by_role("heading", name="Numbers at the sliders")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def compare(page: Page, confidence: float = 0.3, compared: float = 0.3) -> Any:
    at = f"confidence={confidence}&compared_confidence={compared}"
    return ask(page, f"evaluation/compare?predictions=baseline&other=improved&{at}")


def number(page: Page, name: str) -> Any:
    """Return the row of a number."""
    return page.locator(f"tr[data-name='{name}']")


def test_numbers_stand_side_by_side_with_what_their_difference_says(page: Page) -> None:
    open_comparison(page)
    told = compare(page)["numbers"]["mAP"]
    row = number(page, "mAP")
    for text in (f"{told['first']:.3f}", f"{told['second']:.3f}", f"+{told['difference']:.3f}"):
        expect(row).to_contain_text(text)
    expect(row).to_contain_text("better" if told["excludes_zero"] else "no clear difference")
    page.get_by_role("button", name="Swap: compare improved with baseline").click()
    expect(page).to_have_url(re.compile("set=improved"))
    expect(number(page, "mAP")).to_contain_text(f"\N{MINUS SIGN}{told['difference']:.3f}")
    expect(page.get_by_role("button", name="Compared with: baseline")).to_be_visible()
    page.go_back()
    expect(number(page, "mAP")).to_contain_text(f"+{told['difference']:.3f}")


def test_each_set_has_a_slider_of_its_own(page: Page) -> None:
    open_comparison(page)
    slider = page.get_by_role("slider", name="Confidence of improved")
    slider.focus()
    page.keyboard.press("End")
    confidence = 1
    told = compare(page, compared=confidence)["numbers"]["fp"]
    assert told["second"] != compare(page)["numbers"]["fp"]["second"]
    expect(number(page, "fp")).to_contain_text(f"{told['second']:.0f}")
    expect(number(page, "fp")).to_contain_text(f"{told['first']:.0f}")
    expect(page).to_have_url(re.compile(f"confidence=0.3&compared_confidence={confidence}"))
    page.get_by_role("button", name="Swap: compare improved with baseline").click()
    expect(page.get_by_role("slider", name="Confidence of improved")).to_have_value(f"{confidence}")
    expect(page).to_have_url(re.compile("compared_confidence=0.3&set=improved"))


def test_each_set_goes_to_its_own_operating_point(page: Page) -> None:
    open_comparison(page, "?confidence=0.3&compared_confidence=0")
    ours, theirs = (ask(page, f"evaluation?predictions={name}")["operating_point"] for name in ("baseline", "improved"))
    page.get_by_role("group", name="Confidence of improved").get_by_role("button", name="Best F1").click()
    told = compare(page, 0.3, theirs["confidence"])["numbers"]["fp"]
    expect(number(page, "fp")).to_contain_text(f"{told['second']:.0f}")
    page.get_by_role("group", name="Confidence of baseline").get_by_role("button", name="Best F1").click()
    expect(page).not_to_have_url(re.compile("confidence"))
    told = compare(page, ours["confidence"], theirs["confidence"])["numbers"]["fp"]
    expect(number(page, "fp")).to_contain_text(f"{told['first']:.0f}")


@pytest.mark.parametrize("change", ["fixed", "wrong"])
def test_the_number_of_changed_images_leads_to_them(page: Page, change: str) -> None:
    open_comparison(page)
    count = compare(page)["changed"][change]["count"]
    assert count > 0
    name = "Fixed images" if change == "fixed" else "Wrong in both"
    page.get_by_title(re.compile(f"^{name}: ")).click()
    expect(page).to_have_url(re.compile("/predictions/explorer"))
    expect_total(page, count)
    page.go_back()
    expect(page.get_by_role("heading", name="Numbers at the sliders")).to_be_visible()


def test_a_fixed_image_is_shown_as_both_sets_see_it_and_opens(page: Page) -> None:
    open_comparison(page)
    panel = page.get_by_role("region", name="Fixed images")
    first = panel.get_by_role("link").first
    expect(first).to_contain_text("baseline")
    expect(first).to_contain_text("improved")
    row = ask(page, "cards?scope=image&query=compared:fixed&predictions=baseline&other=improved&confidence=0.3")[
        "cards"
    ][0]["row"]
    told = [
        [shape["outcome"] for shape in ask(page, f"images/{row}?predictions={name}&confidence=0.3")["shapes"]]
        for name in ("baseline", "improved")
    ]
    counts = [f"{each.count('tp')} TP{each.count('fp')} FP{each.count('fn')} FN".replace(" ", "") for each in told]
    assert counts[0] != counts[1]
    first.click()
    dialog = page.get_by_role("dialog")
    captions = dialog.locator("[data-side]")
    expect(captions).to_have_count(2)
    for at, name in enumerate(("baseline", "improved")):
        expect(captions.nth(at)).to_contain_text(f"{name}from 0.30")
        assert "".join(captions.nth(at).inner_text().split()).endswith(counts[at])
    page.keyboard.press("f")  # one picture, which flips
    for name in ("baseline", "improved", "baseline"):
        expect(captions).to_have_count(1)
        expect(captions).to_contain_text(f"{name}from 0.30")
        expect(dialog.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("f")
    expect(page).to_have_url(re.compile("sides=second"))
    page.keyboard.press("v")
    expect(captions).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("status").filter(has_text="2 of")).to_be_visible()
    expect(captions).to_have_count(2)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_no_serious_violation(page: Page) -> None:
    open_comparison(page)
    assert serious_violations(page) == []


def test_counts_of_either_set_lead_to_their_items(page: Page) -> None:
    open_comparison(page)
    told = compare(page)
    number(page, "fp").get_by_role("link").last.click()
    expect(page).to_have_url(re.compile("set=improved"))
    expect_total(page, int(told["numbers"]["fp"]["second"]))
    page.go_back()
    page.get_by_role("table", name="Errors of both sets by reason").get_by_role("link").last.click()
    expect_total(page, int(told["errors"]["missed"]["second"]))
