"""What tasks of predicted symbols have in common: perplexity as the measure."""

from nas_tf import rewards
from nas_tf.tasks.base import Task


class Perplexity(Task):
    """Reward and figures of a task whose loss is the mean of nats per symbol.

    The task has `measure`, `reward_scale` and `reward_epochs`.

    Attributes:
        measures: Dict from the names of measures to functions of the loss. By
            default the perplexity alone, which the reward needs.
    """

    measures = {"perplexity": rewards.perplexity}

    def telling(self, on_epoch):
        """Returns `on_epoch` for `training.fit`, which knows losses alone.

        Args:
            on_epoch: See `Task.fit`, also of the measures; or None.
        """
        if on_epoch is None:
            return None
        return lambda epoch, logs: on_epoch(epoch, self._measured(logs))

    def whole_history(self, history):
        """Returns a history of losses together with those of the measures.

        Args:
            history: Dict of lists, see `training.fit`.
        """
        epochs = [
            self._measured(dict(zip(history, losses)))
            for losses in zip(*history.values())
        ]
        return {name: [logs[name] for logs in epochs] for name in epochs[0]}

    def _measured(self, logs):
        measured = dict(logs)
        for prefix in ("", "val_"):
            loss = logs[f"{prefix}loss"]
            for name, function in self.measures.items():
                value = None if loss is None else function(loss)
                measured[prefix + name] = value
        return measured

    def scores(self, loss):
        """Returns what `evaluate` returns, of a loss in nats per symbol."""
        return {"loss": loss, self.measure: self.measures[self.measure](loss)}

    @property
    def reward_formula(self):
        return f"{self.reward_scale:g} / perplexity squared"

    def reward(self, history):
        return rewards.inverse_square_perplexity(
            self._lowest(history, "perplexity"), self.reward_scale
        )

    def metrics(self, history):
        """Returns the measures behind the reward, and last figures."""
        return {
            "val_perplexity": self._lowest(history, "perplexity"),
            f"val_{self.measure}": self._lowest(history, self.measure),
            "val_loss": history["val_loss"][-1],
            "loss": history["loss"][-1],
            self.measure: history[self.measure][-1],
        }

    def _lowest(self, history, measure):
        return rewards.lowest_of_last(
            history[f"val_{measure}"], self.reward_epochs
        )
