"""The banner over a stranger's project: what it asks for, left alone or approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.conftest import Assay
from tests.strangers import receive_project


@pytest.fixture
def stranger(tmp_path):
    return receive_project(tmp_path, user_settings=str(tmp_path / "stranger"))


@pytest.fixture
def app(stranger):
    assay = Assay()
    app = assay.start(stranger.project.parent)
    yield app
    assert app.stop().code == 0


def test_what_a_project_asks_for_is_shown_left_alone_and_approved_piece_by_piece(page, app, stranger):
    page.goto("/p/street")
    banner = page.get_by_role("region", name="Approvals")
    expect(banner).to_contain_text("This project asks to")
    banner.get_by_role("button", name="Review…").click()
    dialog = page.get_by_role("dialog", name="What street asks for")
    expect(dialog.get_by_role("checkbox")).to_have_count(len(app.get("/api/projects/street/trust")["requests"]))
    expect(dialog).to_contain_text("evil.py")
    expect(dialog).to_contain_text(str(stranger.precious))
    kinds = [r["kind"] for r in app.get("/api/projects/street/trust")["requests"]]
    ticked = [box.is_checked() for box in dialog.get_by_role("checkbox").all()]
    assert ticked == [kind in ("images", "file") for kind in kinds]  # nothing that runs or writes
    assert {True, False} <= set(ticked)
    dialog.get_by_role("button", name="Leave it alone").click()
    expect(dialog).to_have_count(0)
    assert stranger.is_harmless()
    banner.get_by_role("button", name="Review…").click()
    for box in dialog.get_by_role("checkbox").all():
        box.uncheck()
    expect(dialog.get_by_role("button", name="Approve")).to_be_disabled()
    dialog.get_by_role("checkbox", name=str(stranger.project.parents[1] / "private")).check()
    dialog.get_by_role("button", name="Approve 1 item").click()
    expect(dialog).to_have_count(0)
    approved = [r for r in app.get("/api/projects/street/trust")["requests"] if r["approved"]]
    assert [(r["kind"], r["images"]) for r in approved] == [("images", 1)]
    assert (
        app.get("/api/projects/street/trust")["unapproved"]
        == len(app.get("/api/projects/street/trust")["requests"]) - 1
    )
    banner.get_by_role("button", name="Leave", exact=True).click()
    expect(banner).to_have_count(0)
    assert stranger.is_harmless()
