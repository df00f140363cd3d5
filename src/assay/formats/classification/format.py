"""The format of image classification that has no table: a folder a class."""

from __future__ import annotations

from assay.formats.classification.folders import FOLDER

FORMATS = (FOLDER,)
