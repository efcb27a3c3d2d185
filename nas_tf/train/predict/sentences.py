"""Translates lines: python predict.py < in > out."""

import pathlib
import sys

import nas_tf

folder = pathlib.Path(__file__).parent
translator = nas_tf.load_translator(folder)
for line in sys.stdin:
    print(*translator.translate([line]), flush=True)
