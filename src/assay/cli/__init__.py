"""The command line: parses, asks the API, prints. Imports of weight happen inside the commands."""
