"""Bar P7: how long `assay --help` and `import assay` take beside an empty Python."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

RUNS = 15
BARS = {"assay --help": 0.25, "import assay": 0.15}
COMMANDS = {
    "empty": [sys.executable, "-c", "pass"],
    "assay --help": [sys.executable, "-m", "assay.cli.main", "--help"],
    "import assay": [sys.executable, "-c", "import assay"],
}


def main() -> None:
    """Print a JSON line per figure."""
    elapsed_s: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            elapsed_s[name].append(time.perf_counter() - start)
    empty = statistics.median(elapsed_s["empty"])
    for name, limit in BARS.items():
        value = statistics.median(elapsed_s[name])
        figure = {
            "bar": "P7", "name": name, "value": round(value, 4), "unit": "s", "peer": "python -c pass",
            "ratio": round(value / empty, 2), "limit": limit, "ok": value <= limit,
        }  # fmt: skip
        print(json.dumps(figure))


if __name__ == "__main__":
    main()
