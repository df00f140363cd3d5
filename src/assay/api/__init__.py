"""The one door: HTTP routes and the shapes that pass through them. No product logic lives here."""
