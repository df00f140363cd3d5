"""Costs of errors are those of tidecv, by the authors of TIDE, where the two define them alike.

They do so for boxes without crowds, with scores of their own and at most 100 predictions an image, in classes that all
have annotations. tidecv takes recall thresholds as i / 100, pycocotools as ``linspace``, which differ in the last bit:
here both take tidecv's. A cost below 0 is 0 in tidecv. And where FPs of both kinds point at one annotation, tidecv puts
only the best-scoring one right, of whichever kind; here each kind is put right alone. So no annotation has both.
"""

import numpy as np
import pytest
from tests.unit.evaluation.scenes import box, make_annotations, make_predictions

from assay.evaluation.detection import curves, error_costs
from assay.evaluation.detection.curves import evaluate_classes
from assay.evaluation.detection.error_costs import cost_of_errors
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.detection.reasons import find_reasons

CLASSES, IMAGES, POSITIVES = 3, 9, (40, 50, 70)
TIDE_NAMES = {
    "class": "Cls",
    "localisation": "Loc",
    "class+localisation": "Both",
    "duplicate": "Dupe",
    "background": "Bkg",
    "missed": "Miss",
}
OF_TIDECV_1_0_1 = {
    0: [45.50783770864, 7.67582842266, 10.57297567555, 0.07537775722, 2.74668535213, 5.77007111532, 11.7627645849],
    1: [44.44429625815, 6.16361140562, 13.62968193455, 0.81707864357, 3.27265368898, 2.90346260015, 9.61942300747],
}
"""mAP, then the costs in the order above, as percentages, by seed."""


@pytest.fixture(autouse=True)
def recalls_of_tidecv(monkeypatch):
    for module in (error_costs, curves):
        monkeypatch.setattr(module, "RECALL_THRESHOLDS", np.array([i / 100 for i in range(101)]))


def scene(seed):
    """Annotations apart from one another, and predictions: jittered or misnamed, doubled, invented."""
    draw = np.random.default_rng(seed)
    truth, found = [], []
    cells = iter(draw.permutation(IMAGES * 36))
    scores = iter(draw.permutation(2000) / 2000)
    for class_, count in enumerate(POSITIVES):
        for _ in range(count):
            image, cell = divmod(int(next(cells)), 36)
            x, y, w, h = 200 * (cell % 6), 200 * (cell // 6), *draw.uniform(20, 90, 2)
            misnamed = draw.random() < 0.4
            truth.append((image, class_, box(x, y, w, h), w * h, False))
            for _ in range(int(draw.choice([0, 1, 1, 1, 2, 3]))):
                near = draw.normal(0, draw.choice([0.03, 0.12, 0.3]), 4) * [w, h, w, h]
                shape = box(x + near[0], y + near[1], max(2, w + near[2]), max(2, h + near[3]))
                named = class_ if not misnamed or draw.random() < 0.5 else int(draw.integers(CLASSES))
                if misnamed and named == class_:
                    shape = box(x, y, w, h)
                found.append((image, named, shape, shape[2] * shape[3], float(next(scores))))
    for _ in range(60):
        shape = box(*draw.uniform(2000, 3000, 2), *draw.uniform(20, 60, 2))
        image, class_ = int(draw.integers(IMAGES)), int(draw.integers(CLASSES))
        found.append((image, class_, shape, shape[2] * shape[3], float(next(scores)) * 0.60003))
    assert max(np.bincount([each[0] for each in found])) <= 100
    return truth, found


def costs(seed):
    """mAP, then the costs in the order above, as percentages."""
    truth, found = scene(seed)
    pairing = find_pairs(make_annotations(*truth), make_predictions(*found), images=IMAGES, classes=CLASSES)
    matches = match(pairing, 0.5)
    told = cost_of_errors(pairing, matches, find_reasons(pairing, matches))
    mean = evaluate_classes(pairing, matches).mean_average_precision()
    return [100 * mean, *(100 * max(0, told[name]) for name in TIDE_NAMES)]


@pytest.mark.parametrize("seed", OF_TIDECV_1_0_1)
def test_costs_are_those_that_tidecv_has_found(seed):
    assert costs(seed) == pytest.approx(OF_TIDECV_1_0_1[seed], abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_costs_are_those_of_tidecv_where_it_is_installed(seed):
    tidecv = pytest.importorskip("tidecv", reason="tidecv is not installed (it replaces OpenCV's headless build)")
    truth, found = scene(seed)
    annotations, predictions = tidecv.Data("truth"), tidecv.Data("found")
    for image, class_, shape, *_ in truth:
        annotations.add_ground_truth(image, class_, list(shape))
    for image, class_, shape, _, score in found:
        predictions.add_detection(image, class_, score, list(shape))
    run = tidecv.TIDE().evaluate(annotations, predictions, mode=tidecv.TIDE.BOX)
    fixed = {kind.short_name: cost for kind, cost in run.fix_main_errors().items()}
    expected = [run.ap, *(fixed[name] for name in TIDE_NAMES.values())]
    assert costs(seed) == pytest.approx(expected, abs=1e-9)
