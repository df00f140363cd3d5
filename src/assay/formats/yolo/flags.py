"""How the command line asks for YOLO labels."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="yolo",
        choice="--yolo",
        flags=(
            Flag("dataset", ("--yolo",), "A YOLO dataset: data.yaml, obj.data, or its folder.", "path", what="dataset"),
            images_flag("with --yolo the dataset's"),
        ),
        example="--yolo data.yaml",
        predictions=Flag(
            "path", ("--yolo",), "A folder of YOLO's text files with confidences, or its predictions.json.", "path"
        ),
        export=ExportCommand(
            help="Write a YOLO dataset: data.yaml, labels, and pictures in folders of their splits.",
            example="-t street -o street-yolo --map van=car",
            output="The folder to write.",
            flags=(
                Flag(
                    "task",
                    ("--task",),
                    "What lines are: detect, segment, pose or obb.",
                    default="what the annotations are",
                ),
            ),
        ),
    ),
)
