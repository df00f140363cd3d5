"""How the command line asks for Pascal VOC."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="voc",
        choice="--voc",
        flags=(
            Flag("folder", ("--voc",), "A Pascal VOC dataset, or its folder of XML files.", "path", what="dataset"),
            images_flag("with --voc JPEGImages, or beside the XML files"),
        ),
        example="--voc VOCdevkit/VOC2012",
        predictions=Flag("path", ("--voc",), "A folder of Pascal VOC's results, or of XML with confidences.", "path"),
        export=ExportCommand(
            help="Write a Pascal VOC dataset: Annotations, JPEGImages, ImageSets.",
            example="-t street -o street-voc",
            output="The folder to write.",
        ),
    ),
)
