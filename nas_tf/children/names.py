"""Names for layers, beside inputs that a user has named.

A model may not have two layers of one name, and inputs are layers too.
"""


class Names:
    """The names of one model's layers.

    Args:
        taken: Iterable of the names of the inputs.
    """

    def __init__(self, taken):
        self._taken = set(taken)

    def free(self, name):
        """Returns a name with "_" behind it until no layer has it.

        Args:
            name: The name that is wanted. It is returned as it is unless an
                input, or an earlier call, has it.
        """
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def unless_alike(self, name):
        """Returns None, by which Keras numbers a name, unless it may be taken.

        Args:
            name: What Keras calls such a layer, such as "flatten". Keras puts
                a number behind it.

        Returns:
            None, or a free name if that of an input begins with this one.
        """
        alike = any(taken.startswith(name) for taken in self._taken)
        return self.free(name) if alike else None
