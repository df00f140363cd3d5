-- How many of 16 bits the samples of a picture use where it is stretched to be shown; NULL where it is not.
ALTER TABLE image_content ADD COLUMN used_bits UTINYINT;
