"""How the command line asks for COCO's JSON."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag

COMMANDS = (
    Command(
        key="coco",
        choice="--coco",
        flags=(
            Flag(
                "images",
                ("-i", "--images"),
                "The folder that file names are relative to.",
                "path",
                required=True,
                what="images folder",
            ),
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
            help="Write a source as a COCO file equal to the one that was imported, but for formatting.",
            example="-t street -o instances.json",
            flags=(
                Flag("source", ("--source",), "A source, where there are several: its number, or its file.", "source"),
            ),
        ),
    ),
)
