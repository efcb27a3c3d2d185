"""A table of known results whose rewards have noise, as trainings do.

`benchmarks.strategies --noise=0.005` adds normal noise, which depends on the
child's seed, to each reward. Repeated trials of an architecture then differ.
"""

import dataclasses

from nas_tf import checks
from nas_tf.evaluators.tabular import Tabular
from nas_tf.seeds import generator


@dataclasses.dataclass(frozen=True)
class NoisyTable(Tabular):
    """Rewards of a table plus noise.

    Attributes:
        noise: Standard deviation of the noise, >= 0, on the scale of rewards.
            Default: 0.
    """

    noise: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        checks.number(self, "noise", minimum=0)

    def evaluate(self, space, task, actions, seed):
        result = super().evaluate(space, task, actions, seed)
        if result.status != "ok" or not self.noise:
            return result
        noise = self.noise * generator(seed, "noise").normal()
        return dataclasses.replace(result, reward=result.reward + noise)


make = NoisyTable
