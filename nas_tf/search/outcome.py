"""What a search says at its end."""

from nas_tf import commands
from nas_tf import layout
from nas_tf import registry
from nas_tf.search import console
from nas_tf.search import verdict
from nas_tf.tasks.base import NoTask


def text(archive, parts, task, ending):
    """Returns what was found, how sure that is, and how to continue.

    Args:
        archive: `Archive` of a run directory.
        parts: Dict with the `SearchSpace` "space" and `Evaluator` "evaluator".
        task: `Task` or `NoTask`.
        ending: Sentence that says why the search ended.
    """
    run_dir = archive.run_dir
    there = commands.quoted(run_dir)
    count = f"{len(archive.trials):,} children finished."
    formula = parts["evaluator"].reward_formula(task)
    # Architectures from a table can be trained on any task of their space.
    on_task = " --task=TASK" if isinstance(task, NoTask) else ""
    said = [
        f"\n{ending} {count} The best of them:",
        console.table(archive, parts["space"], task),
        layout.paragraph(f"The reward is {formula}.") if formula else "",
        verdict.text(archive, task),
        console.summary(archive),
        f"""Journal, checkpoint and pictures:  {run_dir}
Best architecture:                 {run_dir}/best
Look at the search:  {commands.typed_program("tensorboard")} --logdir={there}
Train the winner:    {commands.typed("nas_tf.train")} \
--architecture={there}{on_task}{registry.trust_hint()}""",
    ]
    return "\n\n".join(filter(None, said))
