-- What of a record's geometry could not be used as it is: bits of assay.project.geometry.Faults.
ALTER TABLE annotation ADD COLUMN faults UTINYINT DEFAULT 0;
ALTER TABLE prediction ADD COLUMN faults UTINYINT DEFAULT 0;
