"""How the command line asks for CVAT's XML."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="cvat",
        choice="--cvat",
        flags=(
            Flag("annotations", ("--cvat",), "A CVAT XML file, of images or of video.", "path", what="CVAT file"),
            images_flag("with --cvat images beside it, else its own"),
        ),
        example="--cvat annotations.xml",
        predictions=Flag("path", ("--cvat",), "A CVAT XML file whose shapes have a score or confidence.", "path"),
        export=ExportCommand(
            help="Write a project, or a part of it, as a CVAT XML file for images.",
            example="-t street -o annotations.xml",
        ),
    ),
)
