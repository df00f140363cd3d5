"""Assay: see, measure and fix computer-vision datasets, and learn why a model fails.

>>> import assay
>>> with assay.open("my-project") as project:  # doctest: +SKIP
...     worst = project.annotations.sort("-annotation_duplicates").head(5)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay._version import __version__

if TYPE_CHECKING:
    from assay.client.annotations import Annotation
    from assay.client.importing import (
        import_annotations,
        import_coco,
        import_csv,
        import_dataset,
        import_folder,
        import_path,
    )
    from assay.client.project import Project
    from assay.client.project import check_project as doctor
    from assay.client.project import open_project as open  # noqa: A004 - assay.open reads as it should
    from assay.client.samples import import_samples
    from assay.client.table import Table
    from assay.client.tables import import_table
    from assay.metrics.custom import AnnotationInfo, ImageInfo, metric

__all__ = [
    "Annotation",
    "AnnotationInfo",
    "ImageInfo",
    "Project",
    "Table",
    "__version__",
    "doctor",
    "import_annotations",
    "import_coco",
    "import_csv",
    "import_dataset",
    "import_folder",
    "import_path",
    "import_samples",
    "import_table",
    "metric",
    "open",
]

_PROJECT, _IMPORTING, _CUSTOM = "assay.client.project", "assay.client.importing", "assay.metrics.custom"
_LAZY = {
    "Annotation": ("assay.client.annotations", "Annotation"),
    "AnnotationInfo": (_CUSTOM, "AnnotationInfo"),
    "ImageInfo": (_CUSTOM, "ImageInfo"),
    "Project": (_PROJECT, "Project"),
    "Table": ("assay.client.table", "Table"),
    "doctor": (_PROJECT, "check_project"),
    "import_annotations": (_IMPORTING, "import_annotations"),
    "import_coco": (_IMPORTING, "import_coco"),
    "import_csv": (_IMPORTING, "import_csv"),
    "import_dataset": (_IMPORTING, "import_dataset"),
    "import_folder": (_IMPORTING, "import_folder"),
    "import_path": (_IMPORTING, "import_path"),
    "import_samples": ("assay.client.samples", "import_samples"),
    "import_table": ("assay.client.tables", "import_table"),
    "metric": (_CUSTOM, "metric"),
    "open": (_PROJECT, "open_project"),
}


def __getattr__(name: str) -> Any:
    """Load the public names when they are first used, so that ``import assay`` is light."""
    if name not in _LAZY:
        raise AttributeError(f"module 'assay' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    module, own_name = _LAZY[name]
    return getattr(import_module(module), own_name)
