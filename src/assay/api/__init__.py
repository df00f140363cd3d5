"""The one way to a project: HTTP routes and the shapes that pass through them. No product logic lives here."""
