"""How the command line asks for COCO's JSON."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="coco",
        choice="--coco",
        flags=(
            images_flag(required=True),
            Flag(
                "annotations",
                ("-a", "--annotations"),
                "The COCO JSON file of --coco.",
                "path",
                required=True,
                what="annotation file",
            ),
            Flag("", ("--coco",), "The dataset is in COCO format.", "switch"),
        ),
        example="--coco -i images -a instances.json --name street --split train",
        keeps_skipped=True,
        predictions=Flag("path", ("--coco",), "A COCO results file: a JSON array of detections.", "path"),
        export=ExportCommand(
            help="Write a project, or a part of it, as a COCO file; a whole source equal to what was imported.",
            example="-t street -o instances.json",
        ),
    ),
)
