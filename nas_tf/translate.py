"""The command `nas_tf translate` as python -m nas_tf.translate."""

from nas_tf import commands
from nas_tf.cli import translate

if __name__ == "__main__":
    commands.run(translate.main)
