"""Searches with a controller on any backend and prints the proposals.

`python -m tests.controllers_on_backends` prints JSON; see
`tests/test_steps.py`.
"""

import json

from nas_tf import registry
from tests import strategies

# Decisions of all kinds, moves and samples, and every way of descending.
SPACE = strategies.SPACES["toy"]
CALL = "ppo(num_layers=1, epochs=1, accumulate=2, clip_norm=0.5, moves=0.3)"
BATCHES = 6


def results():
    """Returns the rows, log-probabilities and scalars of each batch."""
    reward = strategies.known_reward(SPACE)
    strategy = registry.make("strategies", CALL)
    strategy.start(SPACE, seed=1)
    found = []
    for number in range(BATCHES):
        proposals = strategies.drawn(strategy, number)
        trials = strategies.finished(proposals, reward)
        found.append(
            {
                "rows": [list(p.actions) for p in proposals],
                "log_probs": [p.log_prob for p in proposals],
                "scalars": strategy.update(trials),
            }
        )
    return found


if __name__ == "__main__":
    print(json.dumps(results()))
