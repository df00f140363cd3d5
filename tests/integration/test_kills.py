"""Jobs that are killed at a random moment end as if nothing had happened; at full size with `make faults`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import environment

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kill_jobs.py"
KINDS = ("copy", "add", "refresh", "predictions", "custom-metric", "tag-import", "export")
"""Every way of writing once: an import that copies does all that one in place does, a custom metric all of a run."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_job_ends_in_the_same_state_when_it_is_asked_for_again(kind):
    run = subprocess.run(
        [sys.executable, SCRIPT, "--kills", "1", "--images", "12", "--kind", kind],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    told = json.loads(run.stdout)
    assert (told["name"], told["kills"], told["value"], told["tables"]) == (kind, 1, 0, [])
