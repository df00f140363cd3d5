"""Routes by subject; each takes a request to the function that answers it."""
