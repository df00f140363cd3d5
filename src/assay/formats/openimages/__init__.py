"""Open Images: tables with a box a row, in shares of the image's size, and the names of classes beside them."""
