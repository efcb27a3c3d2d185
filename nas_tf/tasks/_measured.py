"""What tasks with an objective have in common: measure, reward and figures."""

from nas_tf import rewards
from nas_tf.tasks._objective import ERROR
from nas_tf.tasks._objective import SHARE
from nas_tf.tasks.base import Task
from nas_tf.tasks.base import first_best


class Measured(Task):
    """Reward and figures of a task whose measure is that of its objective.

    The task has `objective`, `reference`, `reward_power` and `reward_epochs`,
    see `nas_tf.tasks.array_classification.ArrayClassification`.
    """

    @property
    def kind(self):
        return self.objective.kind

    @property
    def measure(self):
        return self.objective.metric

    @property
    def output_activation(self):
        return self.objective.activation

    def show(self, value):
        return self.objective.show(value)

    @property
    def reward_formula(self):
        measure = self.measure.replace("_", " ")
        if self.objective.range == ERROR:
            return f"1 / (1 + {measure} / {self.reference:.4g})"
        if self.objective.range != SHARE:
            return f"1 / (2 - {measure})"
        words = {1: "", 2: " squared", 3: " cubed"}
        power = self.reward_power
        return measure + words.get(power, f" to the power {power:g}")

    def reward(self, history):
        return self.objective.reward(
            self._best(history), self.reward_power, self.reference
        )

    def best_epoch(self, history):
        """Returns the epoch with the best validation measure.

        Among equally good epochs it is the first with the lowest loss.
        """
        sign = 1 if self.objective.lower_is_better else -1
        return first_best(
            [
                None if value is None else (sign * value, loss)
                for value, loss in zip(
                    history[f"val_{self.measure}"], history["val_loss"]
                )
            ]
        )

    def _best(self, history):
        lowest = self.objective.lower_is_better
        choose = rewards.lowest_of_last if lowest else rewards.best_of_last
        return choose(history[f"val_{self.measure}"], self.reward_epochs)

    def metrics(self, history):
        """Returns the validation measure behind the reward, and losses."""
        return {
            f"val_{self.measure}": self._best(history),
            "val_loss": history["val_loss"][-1],
            "loss": history["loss"][-1],
            self.measure: history[self.measure][-1],
        }
