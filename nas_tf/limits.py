"""The largest numbers that options may have where memory or time is at stake.

They are far above what anybody trains, and keep a slip of the keyboard from
filling a machine. Numbers without one of these have at most 2**31 - 1, see
`nas_tf.checks.whole`.
"""

# Worker processes, their threads, devices and servers.
PROCESSES = 1024
# Layers, cells or blocks of a network.
LAYERS = 1000
# Units or filters of a layer.
WIDTH = 65_536
# Pixels of a side of a picture.
PIXELS = 4096
# Symbols of a sentence.
SYMBOLS = 10_000
# Exponent of the length of a translation. A power must be finite in 32 bits.
LENGTH_PENALTY = 10
# Architectures that are proposed or ranked together.
TOGETHER = 100_000
# Batches in progress. Each takes memory only once it is drawn.
REPLICAS = 1_000_000
# More than a century, and less than clocks and timers of Python can wait.
HOURS = 1_000_000
MINUTES = 60_000_000
SECONDS = 3_600_000_000
# Memory in GB.
GIGABYTES = 1_000_000
