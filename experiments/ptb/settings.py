"""How models are trained here, and by experiments that compare with them."""

from experiments import jobs

# The vocabulary of the searches: with a larger one, most parameters would be in
# the embeddings.
TASK = (
    "ptb(max_words=2000, train_tokens=200_000, valid_tokens=14_000, epochs=5, "
    "steps=20, decay=2, decay_after=3)"
)
SKELETON = "language_model(params=500_000, num_layers=2)"
OWN_SPACE = f"tree(base=4, skeleton={SKELETON!r})"
NASCELL_SPACE = f"tree(skeleton={SKELETON!r})"
LSTM_SPACE = f"recurrent(skeleton={SKELETON!r})"
EPOCHS = 5
TRIAL_EPOCHS = 2
# The options in which the best recipes of different cells differ most.
GRID = (
    "grid(learning_rate=(0.5, 1.0), init_range=(0.1, 0.3), output_scale=(1, 4))"
)
# The half of it in which outputs are as cells have them.
HALF = "grid(learning_rate=(0.5, 1.0), init_range=(0.1, 0.3))"


def training(
    folder, cell, seed, architecture, space, grid=GRID, task=TASK, **flags
):
    """Returns the training of a cell, after its own grid.

    Args:
        folder: `pathlib.Path` of the experiment.
        cell: Name of the cell in the names of trainings.
        seed: Seed of the training.
        architecture: What `nas_tf.train` takes.
        space: Call string of the space around `SKELETON`.
        grid: Call string of the recipes to try. Default: `GRID`.
        task: Call string of the task. Default: `TASK`.
        **flags: Further flags of `nas_tf.train`.
    """
    return jobs.training(
        folder,
        f"{cell}_{seed}",
        architecture=architecture,
        space=space,
        task=task,
        epochs=EPOCHS,
        grid=grid,
        trial_epochs=TRIAL_EPOCHS,
        seed=seed,
        **flags,
    )
