"""Training and evaluation of one child on one device or several.

This file imports nothing, so that a worker process whose children need no Keras
never loads it.
"""
