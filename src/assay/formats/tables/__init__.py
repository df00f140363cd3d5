"""Tables with a row an object, or an image and its class: CSV files, whose columns are guessed or named."""
