-- Outliers follow other rules: all statistics are due, but for values that are to be computed again anyway.
UPDATE metric_state SET version = -2 WHERE version >= 0 AND key NOT IN ('size_for_class', 'shape_for_class');
DELETE FROM state WHERE key IN ('image_severity', 'annotation_severity');
INSERT INTO state SELECT 'statistics_due', 1 WHERE EXISTS (SELECT 1 FROM metric_state WHERE version = -2);
