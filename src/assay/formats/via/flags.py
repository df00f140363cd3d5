"""How the command line asks for VIA's files."""

from __future__ import annotations

from assay.formats.flags import Command, Flag, images_flag

COMMANDS = (
    Command(
        key="via",
        choice="--via",
        flags=(
            Flag(
                "annotations",
                ("--via",),
                "A project or export of VGG Image Annotator, JSON or CSV.",
                "path",
                what="VIA file",
            ),
            Flag("label", ("--via-label",), "The region attribute that names the class.", default="the likeliest"),
            images_flag("with --via the file's own", folder_of="annotations"),
        ),
        example="--via via_project.json -i images",
    ),
)
