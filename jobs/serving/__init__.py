"""Serving the UI: its processes, and the layer that lets only its user through."""
