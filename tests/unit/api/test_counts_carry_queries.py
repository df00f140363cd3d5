"""Every count that the API returns carries the query that yields it: all of them are followed, on three projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.conftest import holder

from assay.api.app import App
from assay.api.asgi import create_api

QUERIES = {
    "image": ["", "not object_count:0..3", "class:* object_area:50..=900", "object_area>60 or brightness<0.5"],
    "annotation": ["", "shape:box or brightness<0.5", "not crowd:true object_area>60"],
}

FINDERS = {"query", "queries", "found_by"}


def counts(answer: Any, scope: str | None = None) -> Iterator[tuple[str | None, str, int]]:
    """Yield every count in an answer: scope, query, number."""
    if isinstance(answer, list):
        for each in answer:
            yield from counts(each, scope)
    elif isinstance(answer, dict):
        scope = answer.get("scope", scope)
        if isinstance(answer.get("count"), int) and "query" in answer:
            yield scope, answer["query"], answer["count"]
        for name, query in (answer.get("queries") or {}).items():
            yield scope, query, answer[name]
        for each in answer.values():
            yield from counts(each, scope)


class Follower:
    """Asks the API, follows every count of its answers, and remembers how many there were."""

    def __init__(self, client: TestClient, project: str) -> None:
        self.route = f"/api/projects/{project}"
        self.client = client
        self.app: App = client.app.state.app  # type: ignore[attr-defined]
        self.store = self.app.workspace.get(project)
        self.followed = 0
        self._totals: dict[tuple[str | None, str], int] = {}

    def __call__(self, path: str, **params: Any) -> Any:
        answer = self.client.get(f"{self.route}/{path}", params=params)
        assert answer.status_code == 200, (path, params, answer.text)
        for scope, query, count in counts(answer.json()):
            assert scope is not None, (path, query)
            if (scope, query) not in self._totals:
                rows = self.app.results.get(self.store, scope, query)  # type: ignore[arg-type]
                self._totals[scope, query] = len(rows)
            assert self._totals[scope, query] == count, (path, params, scope, query)
            self.followed += 1
        return answer.json()


def follow_everything(ask: Follower) -> None:
    ask("tags")
    ask("views")
    ask("meta")
    for scope, queries in QUERIES.items():
        properties = [each["property"] for each in ask("properties", scope=scope)]
        for query in queries:
            ask("summary", scope=scope, query=query)
            metrics = ask("metrics", scope=scope, query=query)
            for name in properties:
                ask("distribution", scope=scope, query=query, property=name)
            keys = [metric["key"] for metric in metrics if metric["computed"]]
            for key in keys[:: 8 if query else 2]:
                ask(f"metrics/{key}/histogram", scope=scope, query=query, bins=5)
                ask(f"metrics/{key}/histogram", scope=scope, query=query, scale="log", bins=4)
            for x, y in zip(keys[::9], keys[1::9], strict=False):
                ask("density", scope=scope, query=query, x=x, y=y, bins=3)
                ask("density", scope=scope, query=query, x=y, y=x, bins=4, x_scale="log", y_scale="log")
    for query in QUERIES["annotation"]:
        ask("labels", query=query)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, make_shared_dataset: Any) -> Iterator[TestClient]:
    """A sandbox with many kinds of shapes, a dataset of boxes with tags and views, a folder without annotations."""
    folder = tmp_path_factory.mktemp("three")
    app = App(folder, holder())
    client = TestClient(create_api(app), base_url="http://localhost")
    boxes = make_shared_dataset(images=9)
    jobs = [
        client.post("/api/sandboxes/tabletop", json={"images": 12}),
        client.post("/api/projects/import/coco", json=boxes.body(name="boxes", split="train")),
        client.post("/api/projects/init", json={"root": str(boxes.images), "name": "bare"}),
    ]
    for job in jobs:
        assert job.status_code == 202, job.text
        while client.get(f"/api/jobs/{job.json()['id']}").json()["status"] in ("queued", "running"):
            pass
    for scope, query in (("image", "object_count>2"), ("annotation", "class:red")):
        selection = {"scope": scope, "query": query}
        client.post("/api/projects/boxes/tags/apply", json={"selection": selection, "name": 'odd: "tag" (1)'})
        client.put("/api/projects/boxes/views", json={"name": f"of {scope}", "scope": scope, "query": query})
    yield client
    app.close()


@pytest.mark.parametrize(("project", "least"), [("tabletop", 1_500), ("boxes", 1_000), ("bare", 300)])
def test_every_count_is_what_its_query_finds(three, project, least):
    ask = Follower(three, project)
    follow_everything(ask)
    assert ask.followed > least


def test_every_answer_that_counts_items_says_how_they_are_found(three):
    """A new answer with a bare number of items must not slip in: their names are known here."""
    schemas = three.get("/openapi.json").json()["components"]["schemas"]
    bare = {
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, kind in schema.get("properties", {}).items()
        if field in ("count", "images", "annotations", "severe", "moderate", "nulls", "tagged", "items")
        and kind.get("type") == "integer"
        # the query of an answer that leaves images out is the evaluation's filter, which finds nothing
        and not ({"found_by"} if "covered_only" in schema["properties"] else FINDERS) & set(schema["properties"])
    }
    assert bare == {
        "AcquisitionOut.count",
        "AcquisitionOut.nulls",  # of the images that the evaluation's filter leaves, which is told beside them
        "ClassInfo.annotations",  # class:NAME
        "DeletedTag.annotations",
        "DeletedTag.images",  # of a tag that is gone
        "DensityTrend.count",  # points of the line: all but the density's `none`
        "DoctorFinding.count",  # records that are no items
        "FolderPreview.images",  # of folders that are not imported yet
        "ProjectCard.annotations",
        "ProjectCard.images",  # read without opening the project
        "ProjectFinding.count",  # of files and rows that are not as they should be
        "ProjectInfo.annotations",
        "ProjectInfo.images",  # everything
        "SandboxInfo.images",  # not yet built
        "TagShare.tagged",  # among a selection by hand
    }
