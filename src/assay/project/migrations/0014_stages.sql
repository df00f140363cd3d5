-- Which metrics, in which versions, each stage of measuring has found of an image and the annotations in it: a row for
-- each stage, so that a further stage needs no column of its own. What has been measured stays measured.
CREATE TABLE stage_measured (row INTEGER, stage VARCHAR, recipe INTEGER);
INSERT INTO stage_measured SELECT row, 'geometry', geometry FROM image_measured WHERE geometry IS NOT NULL ORDER BY row;
INSERT INTO stage_measured SELECT row, 'pixels', pixels FROM image_measured WHERE pixels IS NOT NULL ORDER BY row;
DROP TABLE image_measured;
ALTER TABLE stage_measured RENAME TO image_measured;
