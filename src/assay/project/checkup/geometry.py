"""geometry.bin: whether it holds every coordinate that the database counts on."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.coordinates import GEOMETRY_FILE, WORD_BYTES

_ENDS_SQL = """
SELECT max(greatest(word_start + word_count, keypoint_start + keypoint_count)) FROM (
    SELECT word_start, word_count, keypoint_start, keypoint_count FROM annotation
    UNION ALL SELECT word_start, word_count, keypoint_start, keypoint_count FROM prediction
)
"""


def check_geometry(subject: Subject) -> Iterator[Finding]:
    """Compare the file's length with the length that was committed, and that with the objects' places."""
    path = subject.directory / GEOMETRY_FILE
    words = subject.state("words") or 0
    size = path.stat().st_size if path.is_file() else 0
    if size < words * WORD_BYTES:
        yield Finding(
            "error",
            "Coordinates of polygons, masks or keypoints are missing.",
            item=str(path),
            expected=f"{words * WORD_BYTES:,} bytes",
            actual=f"{size:,} bytes" if path.is_file() else "no file",
            hint="Restore the file from a copy; boxes, classes, tags and metrics do not depend on it.",
        )
    [(end,)] = subject.numbers(_ENDS_SQL)
    if end is not None and end > words:
        yield Finding(
            "error",
            "Objects have coordinates beyond the end of the geometry file.",
            item=str(path),
            expected=f"no place beyond word {words:,}",
            actual=f"word {end:,}",
            hint="Restore database and geometry file from the same copy.",
        )
