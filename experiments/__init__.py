"""Experiments, each run by a command: python -m experiments.NAME."""
