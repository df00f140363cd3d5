-- Whether an item is an outlier of any metric: 1 moderate, 2 severe. Current where state has a row named SCOPE_severity.
CREATE TABLE image_severity (row INTEGER, worst UTINYINT);
CREATE TABLE annotation_severity (row INTEGER, worst UTINYINT);
