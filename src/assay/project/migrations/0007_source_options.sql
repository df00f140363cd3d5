-- How a source was read where its kind leaves that open: which columns of a table say what. JSON object.
ALTER TABLE source ADD COLUMN options VARCHAR;
