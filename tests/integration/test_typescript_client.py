"""The TypeScript client's types are what the committed OpenAPI document gives."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"


def test_the_generated_types_are_up_to_date(tmp_path: Path) -> None:
    fresh = tmp_path / "schema.d.ts"
    script = json.loads((WEB / "package.json").read_text())["scripts"]["generate"]
    program, *options = shlex.split(script.replace("src/api/schema.d.ts", str(fresh)))
    subprocess.run([WEB / "node_modules" / ".bin" / program, *options], check=True, cwd=WEB, capture_output=True)
    committed = WEB / "src" / "api" / "schema.d.ts"
    assert fresh.read_text() == committed.read_text(), "run `make generate` and commit what it writes"
