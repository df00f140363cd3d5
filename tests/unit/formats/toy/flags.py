from assay.formats.flags import Command, ExportCommand, Flag

COMMANDS = (
    Command(
        key="toy",
        choice="--toy",
        flags=(
            Flag("list", ("--toy",), "A list of boxes.", "path", what="list"),
            Flag(
                "images",
                ("-i", "--images"),
                "The folder that file names are relative to.",
                "path",
                what="images folder",
                folder_of="list",
            ),
        ),
        example="--toy boxes.txt",
        predictions=Flag("path", ("--toy",), "A list of boxes with scores.", "path"),
        export=ExportCommand("Write a project as a list of boxes.", "-t street -o boxes.txt"),
    ),
)
