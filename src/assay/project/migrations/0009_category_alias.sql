-- Further category ids of a source that stand for a class: those of records that repeat a category of the same name.
CREATE TABLE category_alias (class INTEGER, source SMALLINT, source_id BIGINT, source_key VARCHAR);
