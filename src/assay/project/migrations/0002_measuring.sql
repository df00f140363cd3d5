-- What was read of an image's file when its pixels were measured.
CREATE TABLE image_content (
    row INTEGER, size_bytes BIGINT, modified_ns BIGINT, content_hash VARCHAR, pixel_hash VARCHAR
);

-- Which metrics, in which versions, an image and the annotations in it have values of: a recipe for what needs
-- only coordinates, one for what needs the pixels; NULL where nothing has been measured yet.
CREATE TABLE recipe (recipe INTEGER, versions VARCHAR);  -- JSON: metric key -> version
CREATE TABLE image_measured (row INTEGER, geometry INTEGER, pixels INTEGER);

-- What metrics that compare an object with all others of its class are computed from.
CREATE TABLE annotation_feature (row INTEGER);

-- Metrics that the user has added: a function of a file or of an installed package.
CREATE TABLE custom_metric (
    key VARCHAR, scope VARCHAR, whole_table BOOLEAN, takes_info BOOLEAN, name VARCHAR, path VARCHAR, module VARCHAR,
    version BIGINT,        -- a hash of the source
    declaration VARCHAR,   -- JSON: title, kind, unit, tail, rule, summary, description
    problem VARCHAR        -- why its last run stopped, NULL where it did not
);
