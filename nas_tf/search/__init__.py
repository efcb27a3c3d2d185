"""Searching for architectures: the loop, its limits, and who watches it."""
