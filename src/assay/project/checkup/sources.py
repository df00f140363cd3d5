"""Annotation files and images folders: whether a refresh finds what the project was made from."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject, Unavailable
from assay.project.places import resolve_path


def check_sources(subject: Subject) -> Iterator[Finding]:
    """Name sources whose annotation file or images folder is not there; those not approved are not looked for.

    Raises:
        Unavailable: there are such places.
    """
    passed_over = 0
    for number, path, root in subject.numbers("SELECT source, path, image_root FROM source ORDER BY source"):
        for what, place, option in (
            ("images folder", root, "--images DIR"),
            ("annotation file", path, "--annotations FILE"),
        ):
            full = resolve_path(subject.directory, place)
            if not (subject.may_read_images(full) if what == "images folder" else subject.may_read_file(full)):
                passed_over += 1
            elif not full.exists() and (what == "images folder" or path != root):
                yield Finding(
                    "warning",
                    f"The {what} that the project was made from is not there.",
                    item=str(full),
                    expected=f"the {what} of source {number}, which a refresh reads",
                    actual="nothing there",
                    hint=f"Put it back, or name its new place: assay project relocate {option}",
                )
    if passed_over:
        raise Unavailable(f"{passed_over} places of sources are not approved")
