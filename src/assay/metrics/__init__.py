"""What can be measured of images and objects: pure functions, arrays in, arrays out, the outlier rules."""
