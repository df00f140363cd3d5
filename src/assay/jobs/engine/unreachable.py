"""Image files that a run over pixels could not read, which says nothing of them: a folder is away, a permission."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assay.jobs.engine.picture_work import PictureResult
from assay.project.store import Store

_EXAMPLES = 5


@dataclass
class Unreachable:
    """Images whose files could not be opened or read in a run: what is known of them stays, the next run tries again.

    Attributes:
        rows: All of them.
        examples: Rows of the first of them, and why.
    """

    rows: set[int] = field(default_factory=set)
    examples: dict[int, str] = field(default_factory=dict)

    def set_apart(self, results: list[PictureResult]) -> list[PictureResult]:
        """Count those that are unreachable; return the others."""
        for result in results:
            if result.unreachable:
                self.rows.add(result.row)
                if len(self.examples) < _EXAMPLES:
                    self.examples[result.row] = result.problem or ""
        return [result for result in results if not result.unreachable]

    def describe(self, store: Store) -> dict[str, Any]:
        """Return the entry of a job's report: empty where no file was unreachable."""
        if not self.rows:
            return {}
        with store.read() as cursor:
            names = dict(
                cursor.execute(
                    "SELECT row, file_name FROM image WHERE list_contains(?, row)", [list(self.examples)]
                ).fetchall()
            )
        examples = [f"{names.get(row, row)}: {why}" for row, why in self.examples.items()]
        return {"unreachable": {"count": len(self.rows), "examples": examples}}
