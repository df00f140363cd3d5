"""Label Studio's JSON: tasks with regions in percent of their image."""
