"""axe-core finds nothing serious on any page, light or dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def serious_violations(page: Page) -> list[tuple[str, str, list[Any]]]:
    """Return what axe-core finds serious in the page as it stands."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (v["id"], v["help"], [n["target"] for n in v["nodes"]][:3])
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]


PAGES = {
    "projects": "/",
    "summary of images": "/p/quickstart/summary/data",
    "summary of annotations": "/p/quickstart/summary/annotations?query=not+class:person&show=class",
    "unreadable filter": "/p/quickstart/summary/annotations?query=class:",
    "images": "/p/quickstart/explorer?scope=image",
    "duplicates": "/p/quickstart/explorer?scope=annotation&metric=annotation_duplicates",
    "expanded": "/p/quickstart/explorer?scope=annotation&metric=annotation_duplicates&item=5",
    "filtered": "/p/quickstart/explorer?scope=annotation&metric=object_area&query=object_area>100 class:*",
    "broken": "/p/quickstart/explorer?scope=annotation&query=object_aera>100",
}


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("name", list(PAGES))
def test_no_serious_violation(page: Page, name: str) -> None:
    page.goto(PAGES[name])
    expect(page.get_by_role("main").or_(page.get_by_role("dialog")).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert serious_violations(page) == []
