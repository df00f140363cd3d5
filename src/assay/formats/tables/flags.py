"""How the command line asks for tables."""

from __future__ import annotations

from assay.formats.flags import Command, ExportCommand, Flag, images_flag

_LIKELY = "the likeliest"

_COLUMNS = (
    Flag("path_column", ("--path-column",), "The column of --csv that names the image.", default=_LIKELY),
    Flag("label_column", ("--label-column",), "The column of --csv that names the class.", default=_LIKELY),
    Flag("id_column", ("--id-column",), "The column of --csv with images' ids.", default="id or image_id"),
    Flag(
        "box_columns",
        ("--box-columns",),
        "The columns of --csv with boxes, x1,y1,x2,y2 or what --box-format says; none: labels of images.",
        "list",
        default=_LIKELY,
    ),
    Flag(
        "box_format",
        ("--box-format",),
        "What they hold: xyxy, xywh or cxcywh.",
        default="what their names say",
    ),
    Flag("box_units", ("--box-units",), "pixels, or shares of the image's size.", default="what they are"),
)

COMMANDS = (
    Command(
        key="csv",
        choice="--csv",
        flags=(
            Flag(
                "table",
                ("--csv",),
                "A CSV file with an object, or an image's class, in every row.",
                "path",
                what="table",
            ),
            images_flag("with --csv the table's folder", folder_of="table"),
            *_COLUMNS,
            Flag("columns", ("--columns",), "What the columns of a --csv without a header are called.", "list"),
        ),
        example="--csv boxes.csv -i images",
        predictions=Flag(
            "path",
            ("--csv",),
            "A table of boxes with scores, or of classifications: image_id or file_name; label, confidence, p:CLASS or "
            "some of them.",
            "path",
        ),
        export=ExportCommand(
            help="Write images and annotations as a table: a row an annotation, with all fields and tags.",
            example="-t street -o street.csv --query 'split:val'",
        ),
    ),
    Command(
        key="parquet",
        choice="--parquet",
        flags=(
            Flag("table", ("--parquet",), "A Parquet file with the columns of a table in CSV.", "path", what="table"),
            images_flag("with --parquet the table's folder", folder_of="table"),
            *_COLUMNS,
        ),
        example="--parquet boxes.parquet -i images",
        export=ExportCommand(
            help="Write images and annotations as a Parquet file: rows and columns of the table in CSV, with types.",
            example="-t street -o street.parquet --query 'split:val'",
        ),
    ),
)
