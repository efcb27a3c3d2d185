"""The machine a command runs on: processors, memory, clocks and places."""
