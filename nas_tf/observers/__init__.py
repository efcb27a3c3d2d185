"""Observers that pass a search on to services for tracking experiments."""
