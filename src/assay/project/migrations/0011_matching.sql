-- How a set's records were matched with images, and whose they were said to be. JSON object.
ALTER TABLE prediction_set ADD COLUMN matching VARCHAR;
