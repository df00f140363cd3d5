"""The folders of formats, in the order in which they are offered: a new format is a folder, and a line here.

A folder's ``flags.py`` says in ``COMMANDS`` how the command line asks for its formats, and loads nothing that reads
them; its ``format.py`` gives the formats themselves in ``FORMATS``.
"""

FOLDERS = [
    "assay.formats.coco",
    "assay.formats.classification",
    "assay.formats.openimages",
    "assay.formats.tables",
    "assay.formats.yolo",
    "assay.formats.voc",
    "assay.formats.kitti",
    "assay.formats.mot",
    "assay.formats.labelme",
    "assay.formats.cvat",
    "assay.formats.labelstudio",
    "assay.formats.lvis",
    "assay.formats.panoptic",
    "assay.formats.via",
    "assay.formats.pngmasks",
]
