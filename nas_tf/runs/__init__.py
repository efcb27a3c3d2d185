"""Run directories: their files, and what is read from them."""
