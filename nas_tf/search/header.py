"""What a search says before its first child: what is searched, and where."""

import math

from nas_tf import layout
from nas_tf import registry
from nas_tf.tasks.base import Task

# Up to here a number of architectures is written out.
WRITTEN_OUT = 10**6


def text(search):
    """Returns a few lines about a search.

    Args:
        search: `nas_tf.search.loop.SearchRun`.
    """
    space, task = search.space, search.task
    facts = {"Space": f"{_name(space)}, {size(space.decisions)}"}
    if isinstance(task, Task):
        facts["Task"] = f"{_name(task)}, {data(task)}"
        facts.update(space.remarks(task))
    facts["Workers"] = search.executor.describe()
    if search.start_from:
        count = len(search.start_from)
        noun = "architecture" if count == 1 else "architectures"
        facts["First"] = f"{count:,} known {noun}"
    formula = search.evaluator.reward_formula(task)
    if formula:
        facts["Reward"] = formula
    longest = max(map(len, facts))
    return "\n".join(
        layout.shortened(f"{name + ':':<{longest + 1}}  {fact}", layout.width())
        for name, fact in facts.items()
    )


def size(decisions):
    """Returns how many architectures decisions describe, as text.

    Different decisions may describe equal architectures.

    Args:
        decisions: Sequence of decisions.
    """
    power = sum(math.log10(decision.num_actions) for decision in decisions)
    if power <= math.log10(WRITTEN_OUT):
        count = f"{math.prod(d.num_actions for d in decisions):,}"
    else:
        count = f"10^{power:.1f}"
    number = len(decisions)
    noun = "decision" if number == 1 else "decisions"
    return f"{count} architectures by {number} {noun}"


def data(task):
    """Returns what a task's data is, as text.

    Args:
        task: `Task`, whose data is read.
    """
    train, valid = (task.num_examples(split) for split in ("train", "valid"))
    words = f"{train:,} training and {valid:,} validation {task.unit}"
    if task.kind == "language_model":
        return f"{words}, a vocabulary of {task.num_outputs:,}"
    shape = "x".join(map(str, _shape(task.inputs)))
    if shape:
        words += f" of {shape}"
    if task.kind == "classification":
        return f"{words}, {task.num_outputs:,} classes"
    return words


def _shape(inputs):
    """Returns the shape of a single input, () for several inputs."""
    is_one = isinstance(inputs, tuple) and isinstance(inputs[-1], str)
    return inputs[0] if is_one else ()


def _name(part):
    return registry.call_string(part).partition("(")[0]
