"""One step of a Keras optimizer, on backends without parameter servers."""


class KerasDescent:
    """Averages gradients over batches, clips them, and applies an optimizer.

    Args:
        optimizer: Keras optimizer that neither clips nor accumulates.
        variables: List of Keras variables.
        clip_norm: Largest global norm of a gradient; None for no limit.
        accumulate: Number of batches whose gradients are averaged for a step.
    """

    def __init__(self, optimizer, variables, clip_norm, accumulate):
        options = optimizer.get_config()
        options["global_clipnorm"] = clip_norm
        if accumulate > 1:
            options["gradient_accumulation_steps"] = accumulate
        self.optimizer = type(optimizer).from_config(options)
        self.optimizer.build(variables)
        self._targets = variables

    @property
    def variables(self):
        """Its whole state, as Keras variables, the learning rate first."""
        rate = self.optimizer.learning_rate
        others = [v for v in self.optimizer.variables if v is not rate]
        return [rate, *others]

    def apply(self, gradients, is_last):
        """Processes the gradients of a batch.

        Args:
            gradients: List of tensors.
            is_last: Unused; the optimizer counts batches itself.
        """
        del is_last
        self.optimizer.apply(gradients, self._targets)
