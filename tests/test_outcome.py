"""What a search says at its end."""

from nas_tf import registry
from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.search import outcome
from nas_tf.tasks.base import NoTask
from nas_tf.trial import Proposal
from nas_tf.trial import Result


def test_measure_reward_failures_and_commands_in_this_order(tmp_path):
    space = registry.make("spaces", "conv(num_layers=1)")
    task = registry.make("tasks", "digits")
    parts = {
        "space": space,
        "evaluator": registry.make("evaluators", "standalone"),
    }
    archive = Archive(tmp_path / "run", {})
    actions = (0,) * len(space.decisions)
    spec = space.decode(actions).to_json()
    good = Result(trial.OK, 0.125, {"val_accuracy": 0.5}, spec=spec)
    bad = Result(trial.NAN, 0.0, error="loss is nan")
    for number, result in enumerate((good, bad)):
        archive.add_trial(Proposal(number, 0, actions, 0.0, 0), result)
    text = outcome.text(archive, parts, task, "Ended at 2 children.")
    places = [
        text.index(words)
        for words in (
            "Ended at 2 children. 2 children finished.",
            "trial  accuracy  reward  architecture\n    0    50.00%  0.1250",
            "The reward is accuracy cubed.",
            "Trial 0 has an accuracy of 50.00% on 600 validation examples",
            "Failed: 1 nan.\n  1 nan: loss is nan",
            f"tensorboard --logdir={tmp_path}/run\n",
            f"nas_tf.train --architecture={tmp_path}/run",
        )
    ]
    assert places == sorted(places)
    again = outcome.text(archive, parts, NoTask(), "Stopped.")
    # Earlier tests of this process may have used parts of their own.
    assert again.removesuffix(registry.trust_hint()).endswith(" --task=TASK")
    assert "Trial 0 has" not in again
    archive.close()
