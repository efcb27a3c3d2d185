"""Searches for architectures: the loop, its limits and its observers."""
