"""Training and evaluating one child, fast, on one device or several.

Nothing is imported here: a worker whose children need no Keras never loads it.
"""
