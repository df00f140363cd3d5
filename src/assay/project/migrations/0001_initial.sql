-- One row per imported file or folder.
CREATE TABLE source (
    source SMALLINT, kind VARCHAR, path VARCHAR, image_root VARCHAR, files VARCHAR, split VARCHAR,
    header VARCHAR,        -- the file's other top-level keys, verbatim JSON
    present VARCHAR,       -- which of images, annotations, categories the file has, JSON list
    report VARCHAR,        -- the import doctor's report, JSON
    imported_at TIMESTAMP
);

-- Images. width and height are the declared size, or the file's where none is declared.
CREATE TABLE image (
    row INTEGER, source SMALLINT, position INTEGER,
    source_id BIGINT, source_key VARCHAR,      -- the source's id: an integer, or any other value as JSON
    file_name VARCHAR, path VARCHAR, width INTEGER, height INTEGER,
    split VARCHAR, sequence VARCHAR, frame BIGINT, random_key UBIGINT,
    present UTINYINT,                          -- which known fields the record has
    extra VARCHAR                              -- every other field, verbatim JSON
);
-- What the image files are; filled after the import, batch by batch.
CREATE TABLE image_file (
    row INTEGER, status UTINYINT, detail VARCHAR, format VARCHAR, width INTEGER, height INTEGER,
    exif_orientation UTINYINT, apply_orientation BOOLEAN, size_mismatch BOOLEAN, damaged BOOLEAN
);

-- Classes of the project, and which category of which source each one is: sources share classes by name.
CREATE TABLE class (
    row INTEGER, source_id BIGINT, source_key VARCHAR, name VARCHAR, supercategory VARCHAR, extra VARCHAR
);
CREATE TABLE class_source (
    class INTEGER, source SMALLINT, position INTEGER, source_id BIGINT, source_key VARCHAR,
    name VARCHAR, supercategory VARCHAR, present UTINYINT, extra VARCHAR
);

-- Annotations. Coordinates lie in geometry.bin; word_start counts its 8-byte words.
CREATE TABLE annotation (
    row INTEGER, source SMALLINT, position INTEGER, source_id BIGINT, source_key VARCHAR,
    image INTEGER, class INTEGER, shape UTINYINT,
    x DOUBLE, y DOUBLE, w DOUBLE, h DOUBLE, rotation DOUBLE, area DOUBLE, crowd BOOLEAN,
    num_keypoints INTEGER, track VARCHAR, confidence DOUBLE, random_key UBIGINT,
    segmentation UTINYINT, ring_count INTEGER, rle_height INTEGER, rle_width INTEGER, rle_bytes INTEGER,
    word_start BIGINT, word_count INTEGER, keypoint_start BIGINT, keypoint_count INTEGER,
    present USMALLINT, extra VARCHAR
);

-- Records that could not become items; kept verbatim and written back by an export.
CREATE TABLE rejected (
    source SMALLINT, section VARCHAR, position INTEGER, reason VARCHAR, detail VARCHAR, record VARCHAR
);

CREATE TABLE image_meta (row INTEGER);
CREATE TABLE annotation_attr (row INTEGER);
CREATE TABLE typed_column (scope VARCHAR, name VARCHAR, type VARCHAR);

CREATE TABLE image_metric (row INTEGER);
CREATE TABLE annotation_metric (row INTEGER);
CREATE TABLE metric_state (
    key VARCHAR, scope VARCHAR, version INTEGER, data_version BIGINT, statistics VARCHAR, computed_at TIMESTAMP
);
CREATE TABLE evidence (metric VARCHAR, row INTEGER, partner INTEGER, value DOUBLE, detail VARCHAR);

CREATE TABLE tag (tag INTEGER, name VARCHAR, color VARCHAR);
CREATE TABLE image_tag (tag INTEGER, row INTEGER);
CREATE TABLE annotation_tag (tag INTEGER, row INTEGER);

CREATE TABLE history (sequence BIGINT, recorded_at TIMESTAMP, actor VARCHAR, action VARCHAR, detail VARCHAR);
CREATE TABLE job (
    id VARCHAR, kind VARCHAR, title VARCHAR, params VARCHAR, status VARCHAR, stage VARCHAR,
    started_by VARCHAR, created TIMESTAMP, finished TIMESTAMP, result VARCHAR, error VARCHAR
);
CREATE TABLE state (key VARCHAR, value BIGINT);
INSERT INTO state VALUES ('data_version', 0), ('words', 0);
