"""Lessons: what a model learns, as losses and figures."""
