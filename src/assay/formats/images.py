"""A folder of images without labels, as a format of the registry."""

from __future__ import annotations

from pydantic import Field

from assay.errors import InputError
from assay.formats.format import Format, Options, Reading
from assay.formats.source import ImageColumns, Source
from assay.media.files import is_text, list_images


class ImagesOptions(Options):
    """A folder of images, and which of its files are taken: all where there are no patterns."""

    root: str
    patterns: list[str] = Field(default_factory=list)


def _read(reading: Reading) -> Source:
    """Read a folder of images as a source without annotations.

    Raises:
        InputError: It holds no images.
    """
    reading.stage("Listing images", None)
    patterns = reading.kept["patterns"] = list(reading.options["patterns"] or [])
    found = list_images(reading.images, patterns or None)
    names = [name for name in found if is_text(name)]
    if not names:
        raise InputError(
            "The folder holds no images.",
            item=str(reading.images),
            expected="image files" + (f" that match {', '.join(patterns)}" if patterns else ""),
            actual="none",
        )
    ids = dict(reading.known.images)
    following = max(ids.values(), default=0) + 1
    for name in names:
        if name not in ids:
            ids[name] = following
            following += 1
    source = Source(ImageColumns.named([ids[name] for name in names], names))
    for name in found:
        if not is_text(name):
            source.doctor.note("file_name_not_utf8", repr(name), skipped=True)
    return source


IMAGES = Format(
    key="images",
    title="a folder of images",
    options=ImagesOptions,
    images="root",
    labels="root",
    read=_read,
    kinds=("folder",),
    ids="content",
    in_one_file=False,
)
