"""Random update rules, and their evaluation by NumPy.

NumPy evaluates the text of a rule's formula, group by group, with averages of
its own. Only random numbers come from the package.
"""

import re

import numpy as np

from nas_tf.optimizers import random_numbers
from nas_tf.specs import update_rule as specs
from tests.backends import array

BETAS = {"m": (1, 0.9), "v": (2, 0.999), "gamma": (3, 0.999)}


def random_rules(count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        groups = []
        for number in range(1 + rng.integers(4)):
            operands = [
                *specs.OPERANDS,
                *specs.DECAYS,
                specs.ANNEALED,
                *[specs.result(n) for n in range(1, number + 1)] * 8,
            ]
            groups.append(
                specs.Group(
                    *rng.choice(operands, 2),
                    *rng.choice(specs.FUNCTIONS, 2),
                    rng.choice(specs.COMBINATIONS),
                )
            )
        yield specs.UpdateRuleSpec(tuple(groups))


class NumPyRule:
    """Evaluates a rule's formula with averages of its own."""

    def __init__(self, spec, optimizer, shape):
        self._spec = spec
        self._optimizer = optimizer
        self._averages = {
            name: np.zeros(shape, "float32") for name in (*BETAS, "mean_square")
        }
        self._step = 0
        self._shape = shape

    def _drawn(self, function, place):
        seed = self._optimizer.option("seed")
        drawn = function(self._shape, seed, f"0 {place}", self._step)
        return array(drawn).astype("float32")

    def wants(self, weights, gradient):
        """Computes the `update` of the next step."""
        g, w = gradient.astype("float32"), weights.astype("float32")
        t = self._step + 1
        for name, (power, beta) in BETAS.items():
            average = self._averages[name]
            average += (1 - beta) * (g**power - average)
        square = self._averages["mean_square"]
        square += 0.1 * (g**2 - square)
        m, v, gamma = (
            self._averages[name] / (1 - beta**t)
            for name, (_, beta) in BETAS.items()
        )
        epsilon = 1e-7 / np.sqrt(1 - 0.999**t)
        names = {
            **{"g": g, "w": w, "m": m, "v": v, "gamma": gamma},
            "adam": m / (np.sqrt(v) + epsilon),
            "rmsprop": g / np.sqrt(square + 1e-7),
            "noise": 0.01 * self._drawn(random_numbers.normal, "noise"),
            "annealed": (1 + self._step) ** -0.275
            * self._drawn(random_numbers.normal, "annealed"),
            **self._decays(),
            **{f: getattr(np, f) for f in ("exp", "log", "sqrt", "sign")},
            "abs": np.abs,
            "clip": lambda x, limit: np.clip(x, -limit, limit),
        }
        with np.errstate(all="ignore"):
            for line in self._spec.lines()[:-1]:
                name, text = line.split(" = ")
                names[name] = np.broadcast_to(
                    self._evaluated(name, text, names), self._shape
                )
                self.update = names[name]
        self._step += 1

    def _evaluated(self, name, text, names):
        places = iter(self._places(int(name[1:])))

        def drop(x, probability):
            uniforms = self._drawn(random_numbers.uniform, next(places))
            return x * (uniforms >= probability) / (1 - probability)

        # Decays such as cd_0.5 are no names in Python.
        text = re.sub(r"\b([cr]d_\d+)\.(\d+)", r"\1_\2", text)
        text = re.sub(r"(?<![\w.-])(\d)(?![\w.])", r"float32(\1)", text)
        return eval(text, {"drop": drop, "float32": np.float32, **names})

    def _places(self, number):
        group = self._spec.groups[number - 1]
        sides = {"left": group.left_function, "right": group.right_function}
        return [
            f"{side} {number}"
            for side, function in sides.items()
            if function.startswith("drop")
        ]

    def _decays(self):
        t = min(self._step, 20)
        values = {"ld": 1 - t / 20}
        for name in specs.DECAYS[1:]:
            periods = float(name[3:])
            angle = {
                "cd": 2 * np.pi * periods * t / 20,
                "rd": np.pi * ((t * periods) % 20) / 20,
            }[name[:2]]
            values[name.replace(".", "_")] = 0.5 * (1 + np.cos(angle))
        return values
