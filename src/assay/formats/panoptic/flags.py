"""How the command line asks for COCO panoptic."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="panoptic",
        choice="--panoptic",
        flags=(
            Flag("annotations", ("--panoptic",), "A COCO panoptic JSON file.", "path", what="panoptic file"),
            Flag(
                "segments",
                ("--segments",),
                "The folder of its PNG files.",
                "path",
                what="segments folder",
                default="the folder of the file's name, beside it",
            ),
            images_flag("with --panoptic the file's own", folder_of="annotations"),
        ),
        example="--panoptic panoptic_val2017.json -i val2017",
    ),
)
