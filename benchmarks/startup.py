"""Bar P7: how long `assay --help` and `import assay` take beside an empty Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from results import save, sized

RUNS = sized(15, 1)
BARS = {"assay --help": 0.25, "import assay": 0.15}
COMMANDS = {
    "empty": [sys.executable, "-c", "pass"],
    "assay --help": [sys.executable, "-m", "assay.cli.main", "--help"],
    "import assay": [sys.executable, "-c", "import assay"],
}


def main() -> int:
    """Print the figures, one JSON line each."""
    elapsed_s: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            elapsed_s[name].append(time.perf_counter() - start)
    empty = statistics.median(elapsed_s["empty"])
    figures = []
    for name, limit in BARS.items():
        value = statistics.median(elapsed_s[name])
        figures.append(
            {
                "bar": "P7",
                "name": name,
                "value": round(value, 4),
                "unit": "s",
                "peer": "python -c pass",
                "peer_s": round(empty, 4),
                "ratio": round(value / empty, 2),
                "limit": limit,
                "ok": value <= limit,
            }
        )
    save("startup", figures)
    return 0 if all(figure["ok"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
