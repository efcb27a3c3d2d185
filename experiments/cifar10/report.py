"""Tables and plots of experiments.cifar10."""


def write(folder):
    raise NotImplementedError
