-- Tags have a version of their own: tagging leaves results and statistics that do not speak of tags as they are.
INSERT INTO state VALUES ('tag_version', 0);

-- What tagging has changed, so that it can be undone exactly.
CREATE TABLE tag_change (
    change BIGINT, changed_at TIMESTAMP, actor VARCHAR, tag INTEGER, name VARCHAR, color VARCHAR, scope VARCHAR,
    added BOOLEAN, undone BOOLEAN
);
CREATE TABLE tag_change_row (change BIGINT, row INTEGER);

-- Named queries.
CREATE TABLE view (name VARCHAR, scope VARCHAR, query VARCHAR, sort VARCHAR, saved_at TIMESTAMP);

-- Whether a column was added from a table of the user's own: a refresh of the source leaves it.
ALTER TABLE typed_column ADD COLUMN added BOOLEAN DEFAULT false;
