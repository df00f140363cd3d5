"""The formats of image classification that are in the registry."""

from __future__ import annotations

from assay.formats.classification.csv import CSV
from assay.formats.classification.folders import FOLDER

FORMATS = (FOLDER, CSV)
