"""The same on real photographs: 343 of COCO train2017."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assay.client.connection import connect
from tests.browser.conftest import Served

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data")) / "coco-train-343"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real photographs are not at {DATA}"),
]


def test_the_worst_duplicate_of_real_labels_can_be_expanded(page: Page, app: Served) -> None:
    with connect(app.workspace, actor="test") as connection:
        body = {"images": str(DATA / "images"), "annotations": str(DATA / "instances_train2017.json")}
        result = connection.run_job("/api/projects/import/coco", {**body, "name": "coco-train-343"})
    assert (result["images"], result["annotations"], result["classes"]) == (343, 2974, 80)
    assert result["skipped"] == {}
    page.goto("/p/coco-train-343/explorer?scope=annotation&metric=annotation_duplicates")
    expect(page.get_by_text("of 2,974")).to_be_visible()
    first = page.get_by_role("gridcell").first
    expect(first).to_contain_text("sheep")
    first.dblclick()
    why = page.get_by_role("region", name="Why this item stands out")
    expect(why).to_contain_text(re.compile("Overlaps annotation 140705[26] of the same class"))
    metric = page.request.get("/api/projects/coco-train-343/metrics/annotation_duplicates").json()
    assert metric["severe"] == 0
