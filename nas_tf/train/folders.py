"""Where the trainings of a run's architectures are."""

from nas_tf.errors import UsageError
from nas_tf.runs import card_file
from nas_tf.runs import configuration as configurations
from nas_tf.runs import ownership
from nas_tf.runs import spec_file
from nas_tf.train import export
from nas_tf.train import procedure
from nas_tf.train import serving

TRAINED = "trained"
ENSEMBLE = "trained_ensemble"


def model_file(folder):
    """Returns the path of the exported Keras model of a training."""
    return folder / procedure.MODEL / serving.KERAS_FILE


def exported(run_dir, spec, searched, epochs=None):
    """Returns the exported model of an architecture of a run, or None.

    Args:
        run_dir: `pathlib.Path` of the run.
        spec: JSON of the architecture's spec.
        searched: Configuration of the search, a dict. The model must have been
            trained on its "task" and "data".
        epochs: Epochs that the training must have had, or None (default) for
            any number.
    """
    for folder in (run_dir / TRAINED, *sorted(run_dir.glob(f"{TRAINED}_*"))):
        model = model_file(folder)
        if not model.is_file():
            continue
        try:
            _, trained = spec_file.read(model.with_name(export.SPEC))
            card = card_file.read(model.with_name(card_file.FILE))
            on = _trained_on(folder, card)
        except UsageError:
            continue
        same_epochs = epochs in (None, card.get("epochs"))
        if (
            trained == spec
            and same_epochs
            and configurations.same_task(on, searched)
        ):
            return model
    return None


def _trained_on(folder, card):
    """Returns a dict with the task and, if known, the data of a training."""
    path = folder / configurations.FILE
    # The task on the card has the options of a grid.
    return configurations.read(path) if path.exists() else card


def finished(folder, plan):
    """Returns the exported model of a plan that was carried out, or None.

    Args:
        folder: `pathlib.Path` of the training's directory.
        plan: `Plan`.
    """
    model = model_file(folder)
    if not (folder / configurations.FILE).is_file() or not model.is_file():
        return None
    return model if _is_free_for(folder, plan) else None


def choose(run_dir, plan):
    """Returns the directory of a run in which to carry out a plan.

    It is the usual one, unless that has another training, or one on other
    data.

    Args:
        run_dir: `pathlib.Path` of the run.
        plan: `Plan`.
    """
    usual = run_dir / (ENSEMBLE if plan.ensemble else TRAINED)
    own = run_dir / f"{usual.name}_{plan.digest()}"
    for folder in (usual, own):
        if _is_free_for(folder, plan):
            return folder
    return run_dir / f"{usual.name}_{plan.digest(with_data=True)}"


def _is_free_for(folder, plan):
    path = folder / configurations.FILE
    try:
        ownership.check(folder, ownership.TRAINING)
        if path.exists():
            configurations.compare(path, plan.with_data())
    except UsageError:
        return False
    return True
