"""The command line: parses, asks the door, prints. Imports of weight happen inside the commands."""
