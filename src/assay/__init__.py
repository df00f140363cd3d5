"""Assay: see, measure and fix computer-vision datasets, and learn why a model fails.

>>> import assay
>>> with assay.open("my-project") as project:  # doctest: +SKIP
...     worst = project.annotations.sort("-annotation_duplicates").head(5)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay._version import __version__

if TYPE_CHECKING:
    from assay.client.project import Project, Table, import_coco
    from assay.client.project import open_project as open  # noqa: A004 - assay.open reads as it should

__all__ = ["Project", "Table", "__version__", "import_coco", "open"]

_LAZY = {"Project": "Project", "Table": "Table", "import_coco": "import_coco", "open": "open_project"}


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used, so that ``import assay`` is light."""
    if name not in _LAZY:
        raise AttributeError(f"module 'assay' has no attribute {name!r}")
    from assay.client import project  # noqa: PLC0415

    return getattr(project, _LAZY[name])
