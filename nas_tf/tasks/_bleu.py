"""BLEU and chrF of translations, by sacrebleu.

K. Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine
Translation"; M. Post 2018, "A Call for Clarity in Reporting BLEU Scores", says
why a score needs its signature; M. Popović 2015, "chrF".
"""

import importlib.util

from nas_tf.errors import UsageError


def scores(hypotheses, references):
    """Returns the scores of a whole test set.

    Args:
        hypotheses: Sequence of N lines, the translations, not tokenised.
        references: Sequence of N lines, the translations of people.

    Returns:
        Dict from "BLEU", "BLEU, lower-cased" and "chrF" to a dict of "value",
        in [0, 100], and "signature", how it was computed.

    Raises:
        UsageError: If sacrebleu is not installed.
    """
    check()
    from sacrebleu.metrics import BLEU
    from sacrebleu.metrics import CHRF

    found = {}
    for name, metric in (
        ("BLEU", BLEU()),
        ("BLEU, lower-cased", BLEU(lowercase=True)),
        ("chrF", CHRF()),
    ):
        score = metric.corpus_score(list(hypotheses), [list(references)])
        found[name] = {
            "value": score.score,
            "signature": str(metric.get_signature()),
        }
    return found


def check():
    """Raises `UsageError` if sacrebleu is not installed."""
    if importlib.util.find_spec("sacrebleu") is None:
        raise UsageError(
            "Expected sacrebleu, which computes BLEU: pip install "
            "'sacrebleu>=2.4'. Received: no such package"
        )
