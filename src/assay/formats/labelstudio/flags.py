"""How the command line asks for Label Studio's JSON."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="labelstudio",
        choice="--labelstudio",
        flags=(
            Flag("annotations", ("--labelstudio",), "A JSON export of Label Studio.", "path", what="Label Studio file"),
            images_flag("with --labelstudio images beside it, else its own"),
        ),
        example="--labelstudio project.json -i images",
        predictions=Flag("path", ("--labelstudio",), "A Label Studio file whose tasks have predictions.", "path"),
        export=ExportCommand(
            help="Write a project, or a part of it, as a JSON file of Label Studio's tasks.",
            example="-t street -o tasks.json",
        ),
    ),
)
