"""Columns as bytes: an uncompressed .npz whose text columns are UTF-8 with offsets. No pickle anywhere."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import BaseModel

MEDIA_TYPE = "application/vnd.assay.columns"


def send(answer: BaseModel) -> Response:
    """Return a large answer as JSON at once: FastAPI would take it apart and check it again."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")


def encode_columns(columns: dict[str, NDArray[Any]]) -> bytes:
    """Return columns as bytes.

    Args:
        columns: Numbers, truth values and dates as they are (NaN or NaT for NULL); object columns hold text
            or None.
    """
    arrays: dict[str, NDArray[Any]] = {}
    described = []
    for index, (name, values) in enumerate(columns.items()):
        described.append([name, "text" if values.dtype == object else "plain"])
        if values.dtype != object:
            arrays[f"c{index}"] = values
            continue
        encoded = [None if v is None else str(v).encode() for v in values]
        lengths = np.fromiter((len(e or b"") for e in encoded), dtype=np.int64, count=len(encoded))
        arrays[f"c{index}"] = np.frombuffer(b"".join(e or b"" for e in encoded), dtype=np.uint8)
        arrays[f"c{index}_ends"] = np.cumsum(lengths, dtype=np.int64)
        arrays[f"c{index}_null"] = np.fromiter((e is None for e in encoded), dtype=bool, count=len(encoded))
    arrays["names"] = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def decode_columns(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the columns that :func:`encode_columns` made bytes of."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        columns: dict[str, NDArray[Any]] = {}
        for index, (name, kind) in enumerate(json.loads(arrays["names"].tobytes())):
            values = arrays[f"c{index}"]
            if kind == "text":
                values = _split(values.tobytes(), arrays[f"c{index}_ends"], arrays[f"c{index}_null"])
            columns[name] = values
    return columns


def _split(data: bytes, ends: NDArray[np.int64], null: NDArray[np.bool_]) -> NDArray[np.object_]:
    texts = np.full(len(ends), None, dtype=object)
    start = 0
    for i, end in enumerate(ends):
        if not null[i]:
            texts[i] = data[start:end].decode()
        start = int(end)
    return texts
