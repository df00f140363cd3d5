"""How the command line asks for LVIS."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="lvis",
        choice="--lvis",
        flags=(
            Flag("annotations", ("--lvis",), "An LVIS JSON file.", "path", what="LVIS file"),
            images_flag("with --lvis the file's own", folder_of="annotations"),
        ),
        example="--lvis lvis_v1_val.json -i coco",
        keeps_skipped=True,
    ),
)
