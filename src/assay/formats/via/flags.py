"""How the command line asks for VIA's files."""

from __future__ import annotations

from assay.formats.flags import Command, Flag

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
            Flag(
                "images",
                ("-i", "--images"),
                "The folder that file names are relative to.",
                "path",
                what="images folder",
                default="with --via the file's own",
                folder_of="annotations",
            ),
        ),
        example="--via via_project.json -i images",
    ),
)
