"""Print the OpenAPI document, from which the web app's client is generated."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from assay.api.app import App
from assay.api.asgi import create_api
from assay.project.lock import Holder


def describe() -> dict[str, Any]:
    """Return the document, without the version: a release does not change the client."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(Path(folder), Holder(pid=0))
        document = create_api(app).openapi()
        app.close()
    document["info"]["version"] = "0"
    return document


def main() -> None:
    """Write the document to standard output."""
    json.dump(describe(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
