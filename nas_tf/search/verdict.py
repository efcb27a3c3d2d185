"""How good the winner of a search is, and how sure that is."""

from nas_tf import confidence
from nas_tf import layout
from nas_tf.tasks.base import Task

# With fewer validation examples accuracies have steps that are as large as the
# differences between good architectures.
FEW_EXAMPLES = 1000


def text(archive, task):
    """Returns sentences about the best trial, "" if nothing can be said.

    They are about accuracies, which are shares of the validation examples.

    Args:
        archive: `Archive`.
        task: `Task` of the search.
    """
    best = archive.tally.best
    if best is None or not isinstance(task, Task) or task.measure != "accuracy":
        return ""
    score = best.result.measured(task.measure)
    if score is None or not 0 <= score <= 1:
        return ""
    count = task.num_examples("valid")
    low, high = confidence.wilson(score, count)
    words = (
        f"Trial {best.trial_id} has an accuracy of {task.show(score)} on "
        f"{count:,} validation examples; the 95 % interval is "
        f"{task.show(low)} to {task.show(high)}."
    )
    others = _within(archive, task, low) - 1
    if others > 0:
        noun = "child is" if others == 1 else "children are"
        words += f" {others:,} other {noun} within it."
    if count < FEW_EXAMPLES:
        words += (
            f" Warning: with so few examples, accuracies and rewards come in "
            f"steps of {task.show(1 / count)}. More of them, or a longer "
            f"training of several by --top_k, tell the best apart."
        )
    return layout.paragraph(words)


def _within(archive, task, low):
    """Returns the number of different successful trials above a score."""
    scores = (
        trial.result.measured(task.measure)
        for trial in archive.best(len(archive.trials))
    )
    return sum(score is not None and score >= low for score in scores)
