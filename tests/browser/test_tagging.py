"""Step 8 of the tour: select, TAG, filter by the tag; undo, tri-state boxes, management, all with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.steps import (
    DUPLICATES,
    OBJECTS,
    apply_query,
    ask,
    box,
    card,
    clean,
    count,
    expect_broken,
    expect_total,
    open_explorer,
    tell,
    tick,
    tray,
)
from tests.browser.test_accessibility import serious_violations


@pytest.fixture(autouse=True)
def clean_project(page: Page, app: Served) -> Iterator[None]:
    clean(page)
    yield
    clean(page)


def tag_dialog(page: Page) -> Any:
    return page.get_by_role("dialog", name=re.compile("^Tag "))


def make_tag(page: Page, name: str) -> None:
    """Type a name in the open dialog and apply it."""
    dialog = tag_dialog(page)
    dialog.get_by_role("combobox").fill(name)
    expect(dialog.get_by_role("option").filter(has_text=name)).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def tagged(page: Page, name: str, scope: str = "annotations") -> int:
    """Return how many items the API says carry a tag."""
    found = {tag["name"]: tag[scope]["count"] for tag in ask(page, "tags")}
    return int(found.get(name, 0))


def test_selected_cards_are_tagged_filtered_by_and_untagged_again(page: Page) -> None:
    open_explorer(page, DUPLICATES)
    tick(page, [0, 1])
    card(page, 4).click(modifiers=["ControlOrMeta"])
    expect(tray(page)).to_contain_text("3 selected")
    tray(page).get_by_role("button", name=re.compile("TAG")).click()
    expect(tag_dialog(page)).to_contain_text("Tag 3 annotations")
    make_tag(page, "label_duplication")
    expect(page.get_by_role("status", name="Messages")).to_contain_text("Tagged 3 annotations “label_duplication”")
    assert tagged(page, "label_duplication") == 3
    page.get_by_role("region", name="Tags").get_by_role("button", name=re.compile("^label_duplication")).click()
    expect_total(page, 3)
    expect(box(page)).to_have_value("tag:label_duplication")
    page.get_by_role("button", name="Clear the selection").click()
    card(page, 0).focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(tray(page)).to_contain_text("All 3 annotations selected")
    page.keyboard.press("t")
    option = tag_dialog(page).get_by_role("option", name=re.compile("label_duplication"))
    expect(option).to_have_attribute("aria-checked", "true")
    option.click()
    expect(option).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Escape")
    assert tagged(page, "label_duplication") == 0
    expect(page.get_by_text("No annotation passes the filter")).to_be_visible()
    page.get_by_role("status", name="Messages").get_by_role("button", name="Undo").last.click()
    expect_total(page, 3)
    assert tagged(page, "label_duplication") == 3


def test_undo_by_key_takes_the_last_tagging_back(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0])
    page.keyboard.press("t")
    make_tag(page, "first")
    page.keyboard.press("t")
    make_tag(page, "second")
    assert (tagged(page, "first"), tagged(page, "second")) == (1, 1)
    page.keyboard.press("ControlOrMeta+z")
    expect(page.get_by_role("status", name="Messages")).to_contain_text("Undone for 1 annotation")
    assert (tagged(page, "first"), tagged(page, "second")) == (1, 0)
    page.keyboard.press("ControlOrMeta+z")
    expect(page.get_by_role("region", name="Tags").get_by_role("button", name=re.compile("^first"))).to_contain_text(
        "0"
    )
    assert tagged(page, "first") == 0


def test_tagging_needs_no_pointer(page: Page) -> None:
    open_explorer(page, OBJECTS)
    card(page, 0).focus()
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+X")
    expect(tray(page)).to_contain_text("3 selected")
    page.keyboard.press("t")
    expect(tag_dialog(page).get_by_role("combobox")).to_be_focused()
    page.keyboard.type("by hand")
    page.keyboard.press("Enter")
    expect(tag_dialog(page)).to_be_hidden()
    assert tagged(page, "by hand") == 3
    page.wait_for_function("document.activeElement.getAttribute('data-index') === '2'")
    page.keyboard.press("Escape")
    expect(tray(page)).to_be_hidden()
    page.keyboard.press("t")
    expect(tag_dialog(page)).to_contain_text("Tag 1 annotation")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type('tag:"by hand"')
    page.keyboard.press("Enter")
    expect_total(page, 3)


def test_shift_click_selects_over_any_distance(page: Page) -> None:
    open_explorer(page, OBJECTS + "&size=s")
    total = count(page, "")
    tick(page, [0])
    page.get_by_role("grid").evaluate("grid => { grid.parentElement.scrollTop = grid.parentElement.scrollHeight }")
    expect(card(page, total - 1)).to_have_attribute("aria-busy", "false")
    card(page, total - 1).click(modifiers=["Shift"])
    expect(tray(page)).to_contain_text(f"{total:,} selected")


def test_clicks_on_cards_select_and_a_double_click_opens(page: Page) -> None:
    open_explorer(page, OBJECTS)
    card(page, 3).click()
    expect(card(page, 3)).to_have_attribute("aria-selected", "true")
    card(page, 6).click(modifiers=["Shift"])
    expect(tray(page)).to_contain_text("4 selected")
    card(page, 4).click()
    expect(tray(page)).to_contain_text("3 selected")
    card(page, 0).click(modifiers=["ControlOrMeta"])
    expect(tray(page)).to_contain_text("4 selected")
    page.keyboard.press("Escape")
    expect(tray(page)).to_be_hidden()
    card(page, 8).click(modifiers=["Shift"])
    expect(tray(page)).to_contain_text("1 selected")  # from no card on: only itself
    card(page, 9).click(modifiers=["Shift"])
    expect(tray(page)).to_contain_text("2 selected")
    page.get_by_role("button", name="Clear the selection").click()
    card(page, 2).dblclick()
    expect(page.get_by_role("complementary", name="Details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page, 2)).to_be_focused()
    expect(tray(page)).to_be_hidden()


def test_all_of_a_result_is_more_than_a_page_and_all_but_some_can_be_tagged(page: Page) -> None:
    open_explorer(page, OBJECTS)
    total = count(page, "object_area>=0")
    assert total > 60, "more than a page of cards"
    apply_query(page, "object_area>=0")
    expect_total(page, total)
    # its total is that of everything: only its chip tells that it has been applied
    expect(page.get_by_role("button", name="Remove the filter object_area>=0")).to_be_visible()
    card(page, 0).focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(tray(page)).to_contain_text(f"All {total:,} annotations selected")
    tick(page, [1, 2])
    expect(tray(page)).to_contain_text(f"{total - 2:,} selected")
    page.keyboard.press("t")
    make_tag(page, "most")
    assert tagged(page, "most") == total - 2


def test_all_of_a_result_stays_selected_when_the_filter_changes(page: Page) -> None:
    open_explorer(page, f"{OBJECTS}&dir=desc")  # so that the first card is in both results
    total = count(page, "object_area>100")
    apply_query(page, "object_area>100")
    expect_total(page, total)
    card(page, 0).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.get_by_role("button", name="Clear the query").click()
    expect_total(page, count(page, ""))
    expect(tray(page)).to_contain_text(f"{total:,} selected")
    expect(card(page, 0)).to_have_attribute("aria-selected", "true")


def test_the_selection_survives_a_change_of_order(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0, 1])
    page.get_by_role("button", name=re.compile("first$")).click()
    expect(tray(page)).to_contain_text("2 selected")


def test_mixed_tags_are_shown_as_mixed_and_become_all(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0])
    page.keyboard.press("t")
    make_tag(page, "review")
    tick(page, [1])
    page.keyboard.press("t")
    option = tag_dialog(page).get_by_role("option", name=re.compile("review"))
    expect(option).to_have_attribute("aria-checked", "mixed")
    expect(option).to_contain_text("1 of 2")
    option.click()
    expect(option).to_have_attribute("aria-checked", "true")
    assert tagged(page, "review") == 2


def test_tags_of_images_and_of_annotations_are_apart(page: Page) -> None:
    open_explorer(page, "?scope=image")
    tick(page, [0])
    page.keyboard.press("t")
    make_tag(page, "both kinds")
    assert (tagged(page, "both kinds", "images"), tagged(page, "both kinds")) == (1, 0)


def test_the_expanded_view_shows_adds_and_removes_tags_and_selects(page: Page) -> None:
    open_explorer(page, OBJECTS)
    card(page, 2).dblclick()
    details = page.get_by_role("complementary", name="Details")
    expect(details).to_be_visible()
    page.keyboard.press("t")
    make_tag(page, "seen")
    tags = details.get_by_role("region", name="Tags")
    expect(tags).to_contain_text("seen")
    assert tagged(page, "seen") == 1
    page.keyboard.press("x")
    expect(details.get_by_role("button", name=re.compile("^Selected"))).to_have_attribute("aria-pressed", "true")
    tags.get_by_role("button", name="Take the tag seen away").click()
    expect(tags).not_to_contain_text("seen")
    assert tagged(page, "seen") == 0
    page.keyboard.press("Escape")
    expect(tray(page)).to_contain_text("1 selected")
    expect(card(page, 2)).to_have_attribute("aria-selected", "true")


def test_a_tag_is_renamed_merged_and_deleted_with_a_question(page: Page) -> None:
    open_explorer(page, OBJECTS)
    rows = ask(page, "rows?scope=annotation&limit=3")["rows"]
    for name, chosen in (("one", rows[:2]), ("two", rows[1:])):
        selection = {"scope": "annotation", "rows": chosen, "query": None, "except_rows": []}
        tell(page, "tags/apply", {"selection": selection, "name": name, "action": "add"})
    page.reload()
    page.get_by_role("button", name="Manage tags").click()
    manager = page.get_by_role("dialog", name="Tags")
    manager.get_by_role("textbox", name="Name of one").fill("uno")
    page.keyboard.press("Enter")
    expect(manager.get_by_role("textbox", name="Name of uno")).to_be_visible()
    manager.get_by_role("textbox", name="Name of uno").fill("two")
    page.keyboard.press("Enter")
    expect(manager.get_by_role("alertdialog")).to_contain_text("There is a tag two already")
    manager.get_by_role("button", name="Merge").click()
    expect(manager.get_by_role("textbox", name="Name of uno")).to_be_hidden()
    assert tagged(page, "two") == 3
    manager.get_by_role("button", name="Delete two").click()
    expect(manager.get_by_role("alertdialog")).to_contain_text("taken from 3 annotations")
    manager.get_by_role("button", name="Delete tag").click()
    expect(manager).to_contain_text("No tags yet")
    assert ask(page, "tags") == []


def test_a_filter_whose_tag_is_deleted_says_so(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0])
    page.keyboard.press("t")
    make_tag(page, "brief")
    tell(page, "views", {"name": "Short", "scope": "annotation", "query": "tag:brief", "sort": None}, "PUT")
    page.reload()
    apply_query(page, "tag:brief")
    expect_total(page, 1)
    page.get_by_role("button", name="Manage tags").click()
    page.get_by_role("button", name="Delete brief").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("The saved view Short uses it and stops working.")
    page.get_by_role("button", name="Delete tag").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_contain_text("brief")
    expect_broken(page)


def test_a_filter_whose_tag_is_renamed_elsewhere_says_so_on_return(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0, 1])
    page.keyboard.press("t")
    make_tag(page, "before")
    apply_query(page, "tag:before")
    expect_total(page, 2)
    tell(page, "tags/update", {"name": "before", "new_name": "after", "merge": False})
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert")).to_contain_text("before")
    expect_broken(page)


def test_two_tabs_do_not_share_their_selection(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0])
    other = page.context.new_page()
    open_explorer(other, OBJECTS)
    expect(tray(other)).to_be_hidden()
    expect(tray(page)).to_contain_text("1 selected")


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_the_tag_dialog_has_no_serious_violation(page: Page) -> None:
    open_explorer(page, OBJECTS)
    tick(page, [0])
    page.keyboard.press("t")
    make_tag(page, "review")
    tick(page, [1])
    page.keyboard.press("t")
    expect(tag_dialog(page).get_by_role("option")).to_have_count(1)
    tag_dialog(page).get_by_role("combobox").fill("rev")
    page.wait_for_timeout(400)
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Manage tags").click()
    page.wait_for_timeout(400)
    assert serious_violations(page) == []
