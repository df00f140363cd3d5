import pytest
from tests.unit.metrics.coco_objects import box, make_images, make_objects

from assay.errors import ExistsError, NotFoundError
from assay.metrics import extent
from assay.metrics.compute import measure_classes, measure_images, measure_objects
from assay.metrics.registry import all_metrics, get_metric, register

CATALOGUE = {
    "width": ("positive", "both"),
    "height": ("positive", "both"),
    "area": ("positive", "both"),
    "aspect_ratio": ("positive", "both"),
    "random": ("fraction", "none"),
    "object_count": ("count", "both"),
    "class_count": ("count", "both"),
    "object_density": ("fraction", "both"),
    "object_width": ("positive", "both"),
    "object_height": ("positive", "both"),
    "object_area": ("positive", "both"),
    "object_area_relative": ("positive", "both"),
    "object_aspect_ratio": ("positive", "both"),
    "border_closeness": ("fraction", "none"),
    "annotation_duplicates": ("fraction", "high"),
    "class_overlap": ("fraction", "high"),
    "size_for_class": ("signed", "both"),
    "shape_for_class": ("signed", "high"),
    "box_fit": ("fraction", "high"),
    "validity": ("fraction", "high"),
    "object_random": ("fraction", "none"),
    "confidence": ("fraction", "low"),
}


def test_catalogue_lists_the_metrics_in_order_with_kind_and_suspicious_tail():
    declared = [(metric.key, (metric.kind, metric.suspicious)) for metric in all_metrics()]
    order = [key for key, _ in declared if key in CATALOGUE]
    assert order == list(CATALOGUE)
    assert {key: value for key, value in declared if key in CATALOGUE} == CATALOGUE


def test_geometry_metrics_and_confidence_serve_annotations_and_predictions():
    for metric in all_metrics():
        if "annotation" in metric.scopes and (metric.needs == "geometry" or metric.key == "confidence"):
            assert metric.scopes == ("annotation", "prediction"), metric.key


def test_positive_metrics_have_their_fences_on_the_logarithm():
    for key, (kind, _) in CATALOGUE.items():
        assert get_metric(key).log_fences == (kind == "positive"), key


def test_every_description_explains_and_gives_advice():
    for metric in all_metrics():
        assert "\n" not in metric.summary
        assert metric.summary.endswith(".")
        assert metric.description.count(". ") >= 2, metric.key
        assert "{" not in metric.description or "$" in metric.description, metric.key


def test_an_unknown_key_is_answered_with_the_nearest_one():
    with pytest.raises(NotFoundError) as caught:
        get_metric("anotation_duplicate")
    assert caught.value.item == "anotation_duplicate"
    assert "'annotation_duplicates'" in str(caught.value.hint)


def test_a_key_can_be_registered_once_only():
    with pytest.raises(ExistsError, match="object_width"):
        register(extent.FAMILY)


def test_every_metric_of_the_catalogue_is_measured():
    objects = make_objects(box(0, 0, 1, 1))
    measured = measure_objects(objects)
    values = {
        **measure_images(make_images((100, 100)), objects),
        **measured.values,
        **measure_classes(objects.class_, objects.shape, measured.features),
    }
    assert set(CATALOGUE) <= set(values)
    assert all(len(column) == 1 for column in values.values())
