-- How unsure a set's model is about each image that has predictions with class probabilities: acquisition functions.
CREATE TABLE prediction_image_metric (
    "set" INTEGER, image INTEGER, acq_entropy DOUBLE, acq_least_confidence DOUBLE, acq_margin DOUBLE,
    acq_variance DOUBLE, acq_mean_confidence DOUBLE
);

-- In which images the pixels of a set's predictions have been measured, and by which recipe.
CREATE TABLE prediction_measured ("set" INTEGER, image INTEGER, recipe INTEGER);
