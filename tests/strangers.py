"""A project as a stranger would send it: its database is changed by hand, and nothing in it is approved."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import duckdb
import numpy as np

from assay.client.connection import Connection
from tests.conftest import write_dataset

CODE = """
from pathlib import Path
import assay

Path({mark!r}).write_text("ran")

@assay.metric(scope="image", title="Evil", key="evil")
def evil(image):
    return 1.0
"""


def forge(project, sql, values=()):
    """Change a project's database as a stranger would: by hand."""
    with duckdb.connect(str(project / "assay.duckdb")) as database:
        database.execute(sql, values)


def forge_job(project, kind, params, job_id="aaaabbbbcccc"):
    forge(
        project,
        "INSERT INTO job VALUES (?, ?, 'harmless', ?, 'queued', '', 'stranger', now()::TIMESTAMP, NULL, NULL, NULL)",
        [job_id, kind, json.dumps(params)],
    )
    manifest = json.loads((project / "project.json").read_text())
    manifest["unfinished_jobs"] = [*manifest.get("unfinished_jobs", []), job_id]
    (project / "project.json").write_text(json.dumps(manifest))


def forge_metric(project, file):
    declaration = {
        "key": "evil", "title": "Evil", "scopes": ["image"], "kind": "amount", "unit": "", "suspicious": "none",
        "needs": "pixels", "summary": "", "description": "", "version": 1, "rule": None, "log_fences": False,
    }  # fmt: skip
    forge(
        project,
        "INSERT INTO custom_metric VALUES ('evil', 'image', false, false, 'evil', ?, NULL, 1, ?, NULL)",
        [str(file), json.dumps(declaration)],
    )


@dataclass
class Stranger:
    """A project that came in a zip file.

    Attributes:
        project: Where it was unpacked.
        mark: A file that its code makes when it runs.
        precious: A file of this user's that its job would replace.
    """

    project: Path
    mark: Path
    precious: Path

    def is_harmless(self) -> bool:
        """Whether nothing of what it asks for has been done."""
        return not self.mark.exists() and self.precious.read_text() == "precious"


def receive_project(folder: Path, *, user_settings: str) -> Stranger:
    """Make a project `street` with settings of somebody else, pack it, and unpack it in `folder/ws`.

    It has a custom metric, a queued job that runs it and one that exports over a file of this user's; its images lie
    in another folder, one of them is a photograph of this user's.
    """
    mark, precious, private = folder / "mark", folder / "precious.json", folder / "private" / "me.jpg"
    precious.write_text("precious")
    private.parent.mkdir()
    private.write_bytes(cv2.imencode(".jpg", np.full((48, 64, 3), 200, np.uint8))[1].tobytes())
    data, made = write_dataset(folder / "data", images=6), folder / "made"
    made.mkdir()
    results = folder / "results.json"
    results.write_text(json.dumps([
        {key: box[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.5}
        for box in data.content["annotations"]
    ]))  # fmt: skip
    own_settings = os.environ["XDG_CONFIG_HOME"]
    os.environ["XDG_CONFIG_HOME"] = user_settings
    try:
        with Connection(made, actor="stranger") as connection:
            connection.run_job("/api/projects/import/coco", data.body(name="street"))
            connection.run_job("/api/projects/street/predictions/import", {"path": str(results), "name": "model"})
    finally:
        os.environ["XDG_CONFIG_HOME"] = own_settings
    project = made / "street"
    (project / "evil.py").write_text(CODE.format(mark=str(mark)))
    forge_metric(project, project / "evil.py")
    forge_job(project, "metrics", {"metrics": ["evil"]}, "aaaabbbb0001")
    forge_job(project, "export-coco", {"path": str(precious), "source": 0}, "aaaabbbb0002")
    forge(project, "UPDATE image SET path = ? WHERE row = 2", [str(private)])
    with zipfile.ZipFile(folder / "street.zip", "w") as packed:
        for file in sorted(project.rglob("*")):
            packed.write(file, file.relative_to(made))
    shutil.rmtree(made)
    (folder / "ws").mkdir()
    with zipfile.ZipFile(folder / "street.zip") as packed:
        packed.extractall(folder / "ws")
    forge(folder / "ws" / "street", "UPDATE custom_metric SET path = ?", [str(folder / "ws" / "street" / "evil.py")])
    return Stranger(folder / "ws" / "street", mark, precious)
