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


def exported(run_dir, spec, task, epochs=None):
    """Returns the exported model of an architecture of a run, or None.

    Args:
        run_dir: `pathlib.Path` of the run.
        spec: JSON of the architecture's spec.
        task: Name of the task that it must have been trained on.
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
        except UsageError:
            continue
        same_task = str(card.get("task")).partition("(")[0] == task
        same_epochs = epochs in (None, card.get("epochs"))
        if trained == spec and same_task and same_epochs:
            return model
    return None


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

    It is the usual one, unless that has another training.

    Args:
        run_dir: `pathlib.Path` of the run.
        plan: `Plan`.
    """
    usual = run_dir / (ENSEMBLE if plan.ensemble else TRAINED)
    if _is_free_for(usual, plan):
        return usual
    return run_dir / f"{usual.name}_{plan.digest()}"


def _is_free_for(folder, plan):
    path = folder / configurations.FILE
    try:
        ownership.check(folder, ownership.TRAINING)
        if path.exists():
            configurations.compare(path, plan.to_json())
    except UsageError:
        return False
    return True
