"""The command `nas_tf`, and its commands that only look at things."""
