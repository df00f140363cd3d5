import numpy as np

from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, PredictionReader, Recognised, Writer
from assay.formats.matching import Records, match
from assay.formats.source import CategoryColumns, ImageColumns, Source, blank_annotations


class ToyOptions(Options):
    images: str
    list: str


def read(reading):
    reading.stage("Reading lines", None)
    found = Doctor()
    rows = [line.split() for file in reading.label_files(".txt") for line in file.read_text().splitlines()]
    for row in rows:
        if len(row) != 6:
            found.note("toy_short_line", " ".join(row), skipped=True)
    rows = [row for row in rows if len(row) == 6]
    names, classes = (list(dict.fromkeys(row[at] for row in rows)) for at in (0, 1))
    columns = blank_annotations(len(rows))
    columns["xywh"][:] = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 4)
    return Source(
        ImageColumns.named(list(range(1, len(names) + 1)), names),
        CategoryColumns.named(list(range(len(classes))), classes),
        columns,
        list(range(len(rows))),
        np.array([names.index(row[0]) for row in rows], dtype=np.int32),
        np.array([classes.index(row[1]) for row in rows], dtype=np.int32),
        sections=["images", "annotations", "categories"],
        doctor=found,
    )


def read_predictions(path, known, _append, _report):
    records = Records()
    boxes = []
    for at, line in enumerate(path.read_text().splitlines()):
        name, class_, *numbers = line.split()
        if records.add((None, name), class_, float(numbers[4]), at, f"line {at + 1}"):
            boxes.append([float(number) for number in numbers[:4]])
    columns = records.blank_columns()
    columns["xywh"][:] = np.array(boxes).reshape(-1, 4)
    return match(path, known, records, columns, tell=lambda at: f"line {at + 1}")


def recognise(path):
    if path.suffix == ".txt" and len(path.read_text().partition("\n")[0].split()) == 6:
        return Recognised("lines of six words", {"list": str(path)})
    return None


def write(writing):
    contents = writing.contents()
    with writing.open_file() as file:
        for batch in contents.batches():
            for _, image, places in batch.per_image():
                for at in places:
                    name = contents.class_names[batch.objects.class_[at]]
                    numbers = " ".join(map(str, batch.objects.xywh[at].tolist()))
                    file.write(f"{image.name} {name} {numbers}\n".encode())
                    contents.annotations += 1
                    contents.lost["toy_keypoints"] += bool(np.diff(batch.objects.keypoint_offsets)[at])
    return contents.result()


FORMATS = (
    Format(
        key="toy",
        title="lines of a toy format",
        options=ToyOptions,
        images="images",
        labels="list",
        read=read,
        kinds=("toy",),
        in_one_file=False,
        recognises=recognise,
        messages={"toy_short_line": "Lines of fewer than six words."},
        writer=Writer(Options, write),
        predictions=PredictionReader("lines with scores", read_predictions),
    ),
)
