"""Projects without pictures, made of COCO records, with prediction sets, behind an API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from tests.conftest import holder

from assay.api.app import App
from assay.api.asgi import create_api

ROUTE = "/api/projects/known"


class Judged:
    """A project behind the API."""

    def __init__(self, folder: Path, app: App) -> None:
        self.folder = folder
        self.app = app
        self.client = TestClient(create_api(app), base_url="http://localhost")

    @property
    def store(self) -> Any:
        return self.app.workspace.get("known")

    def finish(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 202, answer.text
        while (state := self.client.get(f"/api/jobs/{answer.json()['id']}").json())["status"] in ("queued", "running"):
            pass
        assert state["status"] == "done", state
        result: dict[str, Any] = state["result"]
        return result

    def take_in(self, name: str, records: list[Any], **more: Any) -> Path:
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(records))
        self.finish(f"{ROUTE}/predictions/import", {"path": str(file), "name": name, **more})
        return file

    def get(self, path: str = "", **params: Any) -> Any:
        answer = self.client.get(f"{ROUTE}/evaluation{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refuse(self, path: str = "", **params: Any) -> dict[str, Any]:
        answer = self.client.get(f"{ROUTE}/evaluation{path}", params=params)
        assert answer.status_code >= 400, answer.text
        return answer.json() | {"status": answer.status_code}

    def count(self, query: str, scope: str, **at: Any) -> int:
        answer = self.client.post(f"{ROUTE}/query", json={"query": query, "scope": scope, "limit": 0, **at})
        assert answer.status_code == 200, answer.text
        total: int = answer.json()["total"]
        return total


@contextmanager
def judged(folder: Path, truth: dict[str, Any], **sets: list[Any]) -> Iterator[Judged]:
    """A project of a COCO dataset with prediction sets, which cover all images."""
    (folder / "images").mkdir(parents=True)
    (folder / "truth.json").write_text(json.dumps(truth))
    app = App(folder / "projects", holder())
    try:
        project = Judged(folder, app)
        body = {"annotations": str(folder / "truth.json"), "images": str(folder / "images"), "name": "known"}
        project.finish("/api/projects/import/coco", body)
        for name, records in sets.items():
            project.take_in(name, records, coverage="all")
        yield project
    finally:
        app.close()


def dataset(images: int, annotations: list[dict[str, Any]], categories: list[dict[str, Any]]) -> dict[str, Any]:
    """A COCO dataset of images 100 x 100 with the ids 1, 2 …; annotations get ids, areas and ``iscrowd``."""
    records = []
    for number, annotation in enumerate(annotations, 1):
        _, _, w, h = annotation["bbox"]
        records.append({"id": number, "area": w * h, "iscrowd": 0, **annotation})
    pictures = [{"id": i + 1, "file_name": f"{i + 1}.jpg", "width": 100, "height": 100} for i in range(images)]
    return {"images": pictures, "annotations": records, "categories": categories}
