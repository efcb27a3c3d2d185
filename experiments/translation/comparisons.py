"""Whether differences of BLEU are more than the choice of the sentences.

P. Koehn 2004, "Statistical Significance Tests for Machine Translation
Evaluation": the test set is drawn anew many times, with repetition.
"""

from experiments.translation import trainings
from nas_tf import registry
from nas_tf.files import read_json
from nas_tf.files import write_json

SAMPLES = 1000
BASELINE = "lstm"


def read(folder):
    """Returns what `write` wrote: a list of dicts, empty before the first.

    Each has "cell", "seed", "difference", the BLEU of the cell minus that of
    the LSTM of the same seed, and "p", two-sided.
    """
    path = _path(folder)
    return read_json(path) if path.exists() else []


def write(folder, scale):
    """Compares all finished trainings of the chosen recipes with the LSTM's.

    Does nothing where nothing was trained since, so that a page can be made
    without the data.
    """
    found = []
    known = {(row["cell"], row["seed"]): row for row in read(folder)}
    baselines = _finished(folder, scale, BASELINE)
    for cell in scale.cells:
        if cell == BASELINE:
            continue
        for seed, job in _finished(folder, scale, cell).items():
            if seed not in baselines:
                continue
            pair = [baselines[seed].name, job.name]
            row = known.get((cell, seed))
            if row is None or row["trainings"] != pair:
                compared = bootstrap(baselines[seed], job)
                row = {"cell": cell, "seed": seed, "trainings": pair}
                row |= compared
            found.append(row)
    if found != read(folder):
        _path(folder).parent.mkdir(parents=True, exist_ok=True)
        write_json(_path(folder), found)


def bootstrap(baseline, other):
    """Returns the "difference" of two trainings' BLEU, cased, and its "p".

    It is sacrebleu's paired bootstrap, with its usual seed.
    """
    from sacrebleu.metrics import BLEU
    from sacrebleu.significance import PairedTest

    task = registry.make("tasks", baseline.flags["task"])
    _, references = task.lines("test")
    systems = [
        (job.name, job.written.read_text("utf-8").split("\n")[:-1])
        for job in (baseline, other)
    ]
    if systems[0][1] == systems[1][1]:
        # sacrebleu, which counts differences above the one found, finds none.
        return {"difference": 0.0, "p": 1.0}
    test = PairedTest(
        systems,
        {"BLEU": BLEU()},
        [references],
        test_type="bs",
        n_samples=SAMPLES,
    )
    _, scores = test()
    first, second = scores["BLEU"]
    return {"difference": second.score - first.score, "p": second.p_value}


def _finished(folder, scale, cell):
    jobs = trainings.of_seeds(folder, scale, cell)
    return {job.flags["seed"]: job for job in jobs if job.share_done() == 1}


def _path(folder):
    return folder / "runs" / "comparisons.json"
