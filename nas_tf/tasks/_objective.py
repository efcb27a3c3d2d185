"""What a child is to learn and what it is worth: a loss and a metric by name.

All losses of Keras that have one value for each example, and all its metrics
that suit the same targets and have a bound to one side.
"""

import dataclasses
import difflib
import re

from nas_tf.errors import UsageError

CLASSIFICATION = "classification"
MULTI_LABEL = "multi_label"
REGRESSION = "regression"

# From a kind of task to its losses, each with the activation of the outputs.
LOSSES = {
    CLASSIFICATION: {
        "sparse_categorical_crossentropy": "softmax",
        "categorical_crossentropy": "softmax",
        "categorical_focal_crossentropy": "softmax",
        "kl_divergence": "softmax",
    },
    MULTI_LABEL: {
        "binary_crossentropy": "sigmoid",
        "binary_focal_crossentropy": "sigmoid",
    },
    REGRESSION: {
        "mean_squared_error": "linear",
        "mean_absolute_error": "linear",
        "mean_absolute_percentage_error": "linear",
        "mean_squared_logarithmic_error": "linear",
        "huber": "linear",
        "log_cosh": "linear",
        "poisson": "softplus",
    },
}
KIND_OF = {loss: kind for kind, losses in LOSSES.items() for loss in losses}

# Losses that do not change their minimum if targets and outputs are moved and
# stretched alike.
SHIFTED = {"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"}

# The ranges of metrics.
SHARE = "share"  # in [0, 1], 1 is best
UP_TO_ONE = "up to one"  # at most 1, which is best, and possibly negative
ERROR = "error"  # at least 0, which is best

_COUNTED = {
    "auc": SHARE,
    "precision": SHARE,
    "recall": SHARE,
    "f1_score": SHARE,
    "f_beta_score": SHARE,
}
# From a kind of task to its metrics, each with its range.
METRICS = {
    CLASSIFICATION: {
        "accuracy": SHARE,
        "categorical_accuracy": SHARE,
        "sparse_categorical_accuracy": SHARE,
        "top_k_categorical_accuracy": SHARE,
        "sparse_top_k_categorical_accuracy": SHARE,
        **_COUNTED,
        "categorical_crossentropy": ERROR,
        "sparse_categorical_crossentropy": ERROR,
        "kl_divergence": ERROR,
    },
    MULTI_LABEL: {
        "accuracy": SHARE,
        "binary_accuracy": SHARE,
        **_COUNTED,
        "binary_crossentropy": ERROR,
    },
    REGRESSION: {
        "mean_squared_error": ERROR,
        "root_mean_squared_error": ERROR,
        "mean_absolute_error": ERROR,
        "mean_absolute_percentage_error": ERROR,
        "mean_squared_logarithmic_error": ERROR,
        "log_cosh_error": ERROR,
        "r2_score": UP_TO_ONE,
        "cosine_similarity": UP_TO_ONE,
    },
}
DEFAULT_METRIC = {
    CLASSIFICATION: "accuracy",
    MULTI_LABEL: "accuracy",
    REGRESSION: "mean_absolute_error",
}
ALIASES = {
    "acc": "accuracy",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
    "rmse": "root_mean_squared_error",
}
_SPARSE = "sparse_"


def canonical(name):
    """Returns a name as Keras writes functions: "AUC" is "auc"."""
    if not isinstance(name, str):
        return name
    name = re.sub(r"([^_])([A-Z][a-z]+)", r"\1_\2", name)
    name = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return ALIASES.get(name, name)


def check_loss(name):
    """Returns the canonical name of a loss, or raises `UsageError`."""
    return _known("loss", name, list(KIND_OF))


def check_metric(name, loss):
    """Returns the canonical name of a metric that suits a loss.

    Args:
        name: Name of the metric.
        loss: Canonical name of the loss.

    Raises:
        UsageError: If there is no such metric for this kind of task.
    """
    kind = KIND_OF[loss]
    words = f"metric of a {kind.replace('_', '-')} task"
    return _known("metric", name, list(METRICS[kind]), words)


@dataclasses.dataclass(frozen=True)
class Objective:
    """A loss, a metric and how good a value of the metric is.

    Attributes:
        loss: Canonical name of the loss.
        metric: Canonical name of the metric.
    """

    loss: str
    metric: str

    @property
    def kind(self):
        return KIND_OF[self.loss]

    @property
    def activation(self):
        """Name of the activation of a model's outputs."""
        return LOSSES[self.kind][self.loss]

    @property
    def range(self):
        """`SHARE`, `UP_TO_ONE` or `ERROR`."""
        return METRICS[self.kind][self.metric]

    @property
    def lower_is_better(self):
        return self.range == ERROR

    def keras_metric(self):
        """Returns the name of Keras's metric for the targets as they are."""
        if self.kind == REGRESSION:
            return self.metric
        name = self.metric.removeprefix(_SPARSE)
        if self.kind == MULTI_LABEL:
            return "binary_accuracy" if name == "accuracy" else name
        name = "categorical_accuracy" if name == "accuracy" else name
        classes = self.loss.startswith(_SPARSE)
        has_form = name.endswith(("categorical_accuracy", "l_crossentropy"))
        return f"{_SPARSE}{name}" if classes and has_form else name

    def show(self, value):
        """Returns a value of the metric as text."""
        return f"{value:.2%}" if self.range == SHARE else f"{value:.4g}"

    def reward(self, value, power, reference):
        """Returns the reward of a value of the metric, at least 0.

        Args:
            value: The value.
            power: What a share is raised to.
            reference: The error of a constant prediction, > 0.

        Returns:
            For a share `value ** power`. For an error
            `1 / (1 + value / reference)`: 1 without error, 1/2 for the error
            of the constant. For a metric up to 1 `1 / (2 - value)`, which is
            the same for the R2 score and the squared error.
        """
        if self.range == SHARE:
            return value**power
        if self.range == UP_TO_ONE:
            return 1 / (2 - value)
        return 1 / (1 + value / reference)


def _known(title, name, choices, words=None):
    found = canonical(name)
    if found in choices:
        return found
    short = {name: full for name, full in ALIASES.items() if full in choices}
    near = difflib.get_close_matches(str(found), [*choices, *short], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(
        f"Expected a {words or title} by the name that Keras has for it, one "
        f"of {', '.join(choices)}. Received: {title}={name!r}.{hint}"
    )
