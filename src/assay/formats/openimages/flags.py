"""How the command line asks for Open Images."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="openimages",
        choice="--openimages",
        flags=(
            Flag(
                "annotations",
                ("--openimages",),
                "A table of Open Images: boxes, or labels of images.",
                "path",
                what="table",
            ),
            Flag(
                "classes",
                ("--class-descriptions",),
                "The table of classes' names, of --openimages.",
                "path",
                what="table of names",
                default="class-descriptions*.csv beside it",
            ),
            images_flag("with --openimages the table's folder", folder_of="annotations"),
        ),
        example="--openimages validation-annotations-bbox.csv -i validation",
    ),
)
