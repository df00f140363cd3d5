"""How the command line asks for LabelMe's JSON files."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="labelme",
        choice="--labelme",
        flags=(
            Flag("labels", ("--labelme",), "A folder of LabelMe's JSON files, or one of them.", "path", what="labels"),
            images_flag("with --labelme where the files say"),
        ),
        example="--labelme labels",
        export=ExportCommand(
            help="Write a project, or a part of it, as a folder of LabelMe's JSON files beside the pictures.",
            example="-t street -o labels",
            output="The folder to write.",
        ),
    ),
)
