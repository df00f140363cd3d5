"""The public Python API and the connection that it and the command line share. Presents; holds no logic."""
