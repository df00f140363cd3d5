-- Named sets of predictions. area_rule: what a prediction's area is, decided for the whole set by its first record.
CREATE TABLE prediction_set (
    "set" INTEGER, name VARCHAR, path VARCHAR, content_hash VARCHAR, kind VARCHAR, area_rule VARCHAR,
    coverage VARCHAR,                          -- which images it was run on: with (predictions), all, or list
    imported_at TIMESTAMP, skipped VARCHAR     -- JSON: reason -> number of records left out
);
CREATE TABLE prediction_coverage ("set" INTEGER, image INTEGER);

-- Predictions of all sets. Coordinates lie in geometry.bin, as those of annotations do.
CREATE TABLE prediction (
    row INTEGER, "set" INTEGER, position INTEGER, image INTEGER, class INTEGER, score DOUBLE, shape UTINYINT,
    x DOUBLE, y DOUBLE, w DOUBLE, h DOUBLE, rotation DOUBLE, random_key UBIGINT,
    segmentation UTINYINT, ring_count INTEGER, rle_height INTEGER, rle_width INTEGER, rle_bytes INTEGER,
    word_start BIGINT, word_count INTEGER, keypoint_start BIGINT, keypoint_count INTEGER,
    probability_start BIGINT, probability_count INTEGER
);
CREATE TABLE prediction_metric (row INTEGER);
