"""The command `nas_tf`: python -m nas_tf COMMAND."""

from nas_tf.cli import entry

if __name__ == "__main__":
    entry.run()
