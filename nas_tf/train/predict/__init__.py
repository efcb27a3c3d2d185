"""Scripts that are copied beside a model as `predict.py`; not imported."""
