"""The end of a search by shared weights: its best architectures are found.

Judgements on a minibatch teach a strategy, but the best of thousands of them is
the luckiest. So the strategy, as it has become, draws some architectures anew.
All are judged on the same examples, and the best of them on all validation
examples (Pham et al. 2018, section 2.2, with more examples and two rounds).
"""

from nas_tf import trial
from nas_tf.seeds import derive_seed
from nas_tf.strategies.base import Sample
from nas_tf.trial import Proposal
from nas_tf.trial import Trial

# A strategy that draws the same few again and again is asked so often.
MOST_DRAWS = 10


def derive(search):
    """Writes the derived trials of a search that has ended to its archive.

    They depend on what the strategy and the evaluator have learned and on the
    search's seed, so a search that is killed here finds the same again.

    Args:
        search: `nas_tf.search.loop.SearchRun`.
    """
    proposals = _proposals(search, _drawn(search))
    results = {p: _judged(search, p, whole=False) for p in proposals}
    ranked = sorted(
        (p for p in proposals if results[p].status == trial.OK),
        key=lambda p: (-results[p].reward, p.proposal_id),
    )
    for proposal in ranked[: search.evaluator.derive_top]:
        results[proposal] = _judged(search, proposal, whole=True)
    first = len(search.archive.trials)
    search.archive.set_derived(
        [
            Trial(first + index, proposal, results[proposal], derived=True)
            for index, proposal in enumerate(proposals)
        ]
    )


def _drawn(search):
    """Returns different samples, at most `derive` of them.

    Where the strategy draws too few, the last that were judged follow.
    """
    space, count = search.space, search.evaluator.derive
    length = search.learner.length(len(search.archive.batches))
    found = {}
    for number in range(MOST_DRAWS):
        samples, _ = search.budget.draw(
            search.strategy,
            space,
            search.task,
            count,
            length,
            derive_seed(search.seed, "derive", number),
            learned=True,
        )
        for sample in samples:
            found.setdefault(space.key(sample.actions), sample)
        if len(found) >= count:
            break
    # A strategy that has collapsed draws too few.
    for judged in reversed(search.archive.trials):
        if len(found) >= count:
            break
        actions, log_prob = judged.proposal.actions, judged.proposal.log_prob
        found.setdefault(space.key(actions), Sample(actions, log_prob))
    fitting = [
        sample
        for sample in found.values()
        if search.budget.excess(space, search.task, sample.actions) is None
    ]
    return fitting[:count]


def _proposals(search, samples):
    """Returns samples as `Proposal`s, numbered after those of the search."""
    batches = search.archive.batches
    first = sum(len(batch.proposals) for batch in batches)
    return [
        Proposal(
            proposal_id=first + index,
            batch=len(batches),
            actions=sample.actions,
            log_prob=sample.log_prob,
            seed=derive_seed(search.seed, "derived", index),
        )
        for index, sample in enumerate(samples)
    ]


def _judged(search, proposal, whole):
    return search.evaluator.judge(
        search.space, search.task, proposal.actions, whole
    )
