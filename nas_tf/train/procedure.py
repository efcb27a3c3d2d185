"""The steps of a training: architecture, recipe, training, test, export."""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.executors import process
from nas_tf.files import write_json
from nas_tf.lazy_keras import import_keras
from nas_tf.runs import journal
from nas_tf.seeds import derive_seed
from nas_tf.train import ensemble as ensembles
from nas_tf.train import export
from nas_tf.train import model_card
from nas_tf.train import progress
from nas_tf.train import stages
from nas_tf.train import trainer
from nas_tf.training import devices as own_devices

ARCHITECTURES = "architectures"
RECIPES = "recipes"
TRAINING = "training"
HISTORY = "history.json"
MEMBERS = "members"
MODEL = "model"


def run(plan, folder, executor="process", devices=1, formats=()):
    """Carries out a plan, or the rest of one that was stopped.

    Args:
        plan: `Plan`.
        folder: `pathlib.Path` of the directory for all results.
        executor: Call string: where short trainings run.
        devices: Devices of each training.
        formats: Names of further formats of the exported model, see
            `nas_tf.train.formats`. Default: none.

    Returns:
        The model's card, see `model_card.make`.

    Raises:
        UsageError: See `stages.best_candidate`, `trainer.train` and
            `export.export`.
    """
    if devices > 1:
        # Devices must be set up before TensorFlow's runtime starts.
        own_devices.names(devices)

    if plan.ensemble:
        return _train_ensemble(plan, folder, devices, formats)

    def best(candidates, what):
        return _best(plan, candidates, folder, what, executor, devices)

    chosen = best(plan.candidates, ARCHITECTURES)
    if plan.cells:
        recipes = [dataclasses.replace(chosen, options=c) for c in plan.cells]
        chosen = best(recipes, RECIPES)
    return _train(plan, chosen, folder, devices, formats)


def all_devices():
    """Returns the number of GPUs, 1 without any or without TensorFlow."""
    if import_keras().backend.backend() != "tensorflow":
        return 1
    return max(1, len(process.find_gpus()))


def _best(plan, candidates, folder, what, executor, devices):
    """Returns the candidate that does best in a short training."""
    if len(candidates) == 1:
        return candidates[0]
    progress.say_stage(candidates, what, plan.trial_epochs)
    task = plan.task.in_full(plan.trial_epochs)
    chosen, _ = stages.best_candidate(
        candidates,
        plan.space,
        task,
        folder / what,
        executor=executor,
        seed=derive_seed(plan.seed, what),
        devices=devices,
    )
    trials = journal.read_trials(folder / what)
    print(stages.table(trials, candidates, task), flush=True)
    return chosen


def _train(plan, candidate, folder, devices, formats):
    """Trains a candidate in full, tests it and exports it."""
    seed = derive_seed(plan.seed, "train")
    trained = _trained(plan, candidate, folder, devices, seed)
    return _export(
        plan, candidate, plan.space, trained, folder, devices, formats
    )


def _train_ensemble(plan, folder, devices, formats):
    """Trains all candidates in full, and tests and exports their mean."""
    members, cards = [], []
    for number, candidate in enumerate(plan.candidates, 1):
        own = folder / MEMBERS / str(number)
        seed = derive_seed(plan.seed, "member", number)
        members.append(_trained(plan, candidate, own, devices, seed))
        cards.append(
            _card(plan, candidate, plan.space, members[-1], devices)[0]
        )
    space, whole = ensembles.whole(plan.space, plan.candidates)
    model = ensembles.mean([member.model for member in members])
    task = plan.task.in_full(plan.epochs)
    trained = trainer.Trained(
        model=model,
        history=members[0].history,
        best_epoch=None,
        scores=trainer.scores(task, model),
        seconds=sum(member.seconds for member in members),
    )
    return _export(plan, whole, space, trained, folder, devices, formats, cards)


def _trained(plan, candidate, folder, devices, seed):
    """Trains a candidate in full, or what is left of it."""
    task = plan.task.in_full(plan.epochs)
    space, own_task = candidate.applied(plan.space, task)
    cost = space.cost(candidate.spec, own_task)
    states = folder / TRAINING
    done = trainer.open_checkpoint(own_task, states).num_epochs_done
    progress.say_training(candidate, space, cost, plan.epochs, done)
    progress.say_remarks(space.remarks(own_task))
    with progress.watched(folder, own_task, done) as on_epoch:
        trained = trainer.train(
            candidate, plan.space, task, seed, states, devices, on_epoch
        )
    write_json(states / HISTORY, trained.history)
    return trained


def _card(plan, candidate, space, trained, devices):
    """Returns the card of a trained candidate, its space and its task."""
    task = plan.task.in_full(plan.epochs)
    space, task = candidate.applied(space, task)
    cost = space.cost(candidate.spec, task)
    card = model_card.make(
        candidate, space, task, cost, trained, plan.seed, devices
    )
    return card, space, task


def _further_scores(task, model):
    try:
        return task.further_scores(model)
    except UsageError as error:
        # The training itself is well; the same command adds them later.
        print(f"Without further scores. {error}", flush=True)
        return {}


def _export(
    plan, candidate, space, trained, folder, devices, formats, members=()
):
    """Exports a trained candidate; returns its card."""
    _, origin = candidate.applied(space, plan.task)
    card, space, task = _card(plan, candidate, space, trained, devices)
    if members:
        card["members"] = model_card.of_members(members)
    further = _further_scores(task, trained.model)
    if further:
        card["further"] = further
    progress.say_scores(card, task)
    reloaded, files = export.export(
        trained.model,
        candidate.spec,
        space,
        card,
        task,
        folder / MODEL,
        origin,
        formats,
    )
    progress.say_reloaded(reloaded, folder / MODEL, task)
    progress.say_formats(files, folder / MODEL, task)
    return card
