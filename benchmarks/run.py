"""Run every benchmark of this folder, one after another; each prints one JSON line per figure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = ("coco_data.py", "decoder.py", "evaluation_data.py", "large_project.py", "results.py")


def main() -> int:
    """Return the number of benchmarks that failed."""
    failed = 0
    for script in sorted(HERE.glob("*.py")):
        if script.name in (Path(__file__).name, *HELPERS):
            continue
        print(f"# {script.name}", flush=True)
        failed += subprocess.run([sys.executable, script], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
