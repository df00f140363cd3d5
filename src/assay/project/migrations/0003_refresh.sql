-- What `assay refresh` compares a source with.
ALTER TABLE source ADD COLUMN content_hash VARCHAR;  -- of the annotation file; NULL for a folder
ALTER TABLE source ADD COLUMN patterns VARCHAR;      -- JSON list: which files of a folder were taken

-- a user's metric has a hash of its source for a version
ALTER TABLE metric_state ALTER COLUMN version TYPE BIGINT;
