"""Are update rules found by search better than known optimizers?"""

from experiments import command
from experiments import jobs
from experiments.update_rules import tables
from nas_tf import registry

SEEDS = range(3)
CHILDREN = 200
BEST = 5
STRATEGIES = {"ppo": {}, "random": {"strategy": "random_search"}}
SEARCH = "flags/digits_update_rule_ppo.flags"
DIGITS = (
    "digits(train_examples=256, valid_examples=300, epochs=4, "
    "weight_decay=0, reward_power=1, reward_epochs=1)"
)
CIFAR10 = (
    "cifar10(image_size=16, train_examples=1000, valid_examples=500, "
    "epochs=3, batch_size=50, augment=False, weight_decay=0, "
    "reward_power=1, reward_epochs=1)"
)
TEXT = (
    "pydoc_topics(level='character', train_tokens=60_000, "
    "valid_tokens=4_000, epochs=4, steps=20, decay_after=4, reward_epochs=1)"
)
SEARCHED = {"digits": DIGITS, "cifar10": CIFAR10}
# Call strings of a network's space, its decisions, and data. The first is the
# child of the searches. The others have not been searched on.
CONV = (
    "conv(num_layers=2, filter_heights=(3,), filter_widths=(3,), "
    "num_filters=(32,))"
)
# The published network with a quarter of its filters.
V1 = "conv(num_filters=(6, 9, 12, 16))"
V1_ACTIONS = (
    *(1, 1, 1, 0, 1, 1, 2, 1, 1, 1, 1, 3, 2, 2, 1, 7, 1, 3, 2, 12),
    *(3, 3, 2, 30, 3, 3, 2, 62, 3, 1, 1, 97, 3, 0, 1, 177, 3, 3, 1, 509),
    *(2, 3, 1, 1011, 3, 3, 2, 1071, 3, 2, 2, 4069, 3, 2, 2, 6212),
    *(3, 2, 2, 15456),
)
# The best cells of ppo_1 in experiments/nasnet.
NASNET = (
    "nasnet(num_blocks=3, operations=('identity', 'avg_pool_3x3', "
    "'max_pool_3x3', 'conv_1x1', 'conv_3x3', 'separable_conv_3x3', "
    "'separable_conv_5x5'), combinations=('add',), num_repeats=1, filters=6)"
)
NASNET_ACTIONS = (
    *(1, 1, 6, 2, 1, 1, 6, 2, 0, 0, 2, 5),
    *(1, 0, 1, 4, 2, 1, 2, 0, 1, 1, 4, 6),
)
LSTM = "recurrent(skeleton='language_model(units=32, num_layers=1)')"
TESTS = {
    "digits": (CONV, (0, 1), DIGITS),
    "cifar10": (CONV, (0, 1), CIFAR10),
    "v1": (V1, V1_ACTIONS, CIFAR10),
    "nasnet": (NASNET, NASNET_ACTIONS, CIFAR10),
    "text": (LSTM, (0,), TEXT),
}


def _searches(folder, data):
    return [
        jobs.search(
            folder,
            f"{data}_{name}_{seed}",
            flagfile=SEARCH,
            max_children=CHILDREN,
            seed=seed,
            task=SEARCHED[data],
            **flags,
        )
        for seed in SEEDS
        for name, flags in STRATEGIES.items()
    ]


def _all_searches(folder):
    return {data: _searches(folder, data) for data in SEARCHED}


def _comparisons(folder):
    best = [
        spec.to_json()["groups"]
        for searches in _all_searches(folder).values()
        for spec in tables.best_rules(searches, BEST)
    ]
    found = tuple(tuple(tuple(group) for group in groups) for groups in best)
    return [
        jobs.benchmark(
            folder,
            f"{name}_{seed}",
            "experiments.update_rules.comparison",
            space=registry.render(
                "experiments.update_rules.compared",
                {"found": found, "network": network, "actions": actions},
            ),
            task=task,
            seed=seed,
        )
        for seed in SEEDS
        for name, (network, actions, task) in TESTS.items()
    ]


def stages(folder):
    yield from _all_searches(folder).values()
    yield _comparisons(folder)


def report(folder):
    tables.write(folder, _all_searches(folder), _comparisons(folder), BEST)


if __name__ == "__main__":
    command.run("update_rules", stages, report)
