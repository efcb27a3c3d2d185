"""Questions, each answered by a command: python -m experiments.NAME."""
