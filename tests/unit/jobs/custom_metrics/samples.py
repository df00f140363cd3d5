"""Metrics that several tests add, and how a refusal looks."""

from __future__ import annotations

GREEN_EXCESS = '''
@metric(scope="image", title="Green excess", suspicious="high")
def green_excess(image):
    """Mean green minus mean of red and blue.

    Grass and leaves have much of it.
    """
    return float(image[..., 1].mean() - image[..., [0, 2]].mean())
'''
ID_OF_IMAGE = '''
@metric(scope="image", title="Number")
def number(image, info):
    """The image's id."""
    return info.id
'''
FUSSY = '''
@metric(scope="image", title="Fussy")
def fussy(image, info):
    """Dislikes the third."""
    if info.id == 3:
        raise ValueError("no third")
    return 1.0
'''
TABLE = '@metric(scope="image", title="Table", table=True)\ndef table(columns):\n    return columns["id"] * {factor}\n'


def refused(run, code, *words):
    """Check that a command failed with a message that holds some words."""
    assert (run.code, run.out) == (code, ""), run.err
    assert run.err.startswith("Error: ")
    assert "Traceback" not in run.err
    for word in words:
        assert str(word) in run.err, run.err
