-- From which confidence on predictions count where nothing else is asked, by set and task: that of the best F1, unless
-- it was set by hand. What is missing is found when it is asked for.
CREATE TABLE operating_point ("set" INTEGER, task VARCHAR, confidence DOUBLE, by_hand BOOLEAN);
