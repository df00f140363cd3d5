"""How the command line asks for labels by folder and by the rows of a table."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

COMMANDS = (
    Command(
        key="folder",
        choice="--folder",
        flags=(
            Flag(
                "root",
                ("--folder",),
                "A folder of folders named after classes, with the images in them.",
                "path",
                what="folder",
            ),
            Flag(
                "splits",
                ("--splits",),
                "The folders in --folder that are splits, such as train,val; classes lie in them.",
                "list",
                default="what is recognised",
            ),
            Flag("splits", ("--no-splits",), "Every folder in --folder is a class, whatever its name.", "empty"),
        ),
        example="--folder flowers",
    ),
    Command(
        key="csv",
        choice="--csv",
        flags=(
            Flag("table", ("--csv",), "A CSV file with an image and its class in every row.", "path", what="table"),
            images_flag("with --csv the table's folder", folder_of="table"),
            Flag("path_column", ("--path-column",), "The column of --csv that names the image.", required=True),
            Flag("label_column", ("--label-column",), "The column of --csv that names the class.", required=True),
            Flag("id_column", ("--id-column",), "The column of --csv with images' ids.", default="id or image_id"),
        ),
        example="--csv labels.csv -i images --path-column file --label-column species",
        predictions=Flag(
            "path",
            ("--csv",),
            "A table of classifications: image_id or file_name; label, confidence, p:CLASS or some of them.",
            "path",
        ),
        export=ExportCommand(
            help="Write images and annotations as a table: a row an annotation, with all fields and tags.",
            example="-t street -o street.csv --query 'split:val'",
        ),
    ),
)
