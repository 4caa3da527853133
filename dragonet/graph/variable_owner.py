"""VariableOwner: what layers and models offer over their variables."""

import math

import numpy as np

from dragonet.core import arguments, errors
from dragonet.graph.variable import Variable


class VariableOwner:
    """What a layer and a model offer over their list of `variables`, as in Keras."""

    variables: list[Variable]
    name: str

    @property
    def weights(self) -> list[Variable]:
        """All variables, running statistics included."""
        return self.variables

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that training changes."""
        return [variable for variable in self.variables if variable.trainable]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Running statistics, and the weights of frozen layers."""
        return [variable for variable in self.variables if not variable.trainable]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The same as `trainable_variables`."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The same as `non_trainable_variables`."""
        return self.non_trainable_variables

    def count_params(self) -> int:
        """How many numbers the variables hold."""
        return sum(math.prod(variable.shape) for variable in self.variables)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all variables as NumPy arrays, in Keras's order."""
        return [variable.numpy() for variable in self.variables]

    @arguments.checked
    def set_weights(self, weights: list) -> None:
        """Replace all variables, given in the order of `get_weights`.

        Raises ValueError where the number of arrays or a shape differs; then nothing is changed.
        """
        wanted = [variable.shape for variable in self.variables]
        shapes = [np.shape(weight) for weight in weights]
        who = f"set_weights of {self.name!r}"
        if len(shapes) != len(wanted):
            raise errors.value_error(who, f"{len(wanted)} arrays of shapes {wanted}", f"{len(shapes)} arrays")
        for variable, shape in zip(self.variables, shapes, strict=True):
            if shape != variable.shape:
                raise errors.value_error(
                    who,
                    f"shape {variable.shape} for {variable.path!r}",
                    f"shape {shape}",
                    f"The shapes in order are {wanted}.",
                )
        for variable, weight in zip(self.variables, weights, strict=True):
            variable.assign(weight)
