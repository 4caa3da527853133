"""ModelBody: the `call` of a user's model as a layer, the only node of the model's graph."""

from typing import Any

from dragonet.core.serialization import is_ours
from dragonet.graph.variable import Variable
from dragonet.layers.base import Layer
from dragonet.layers.subclassing import tracking
from dragonet.layers.variables import Cell


class ModelBody(Layer):
    """Runs `model.call`; owns the weights that the model adds itself."""

    is_subclassed = True  # pyright: ignore[reportAssignmentType]

    def __init__(self, model: Any, name: str):
        super().__init__(name=name)
        self._model = model

    def _finish_init(self) -> None:
        """Nothing is left to check: the class has neither `init` nor `apply`."""

    @property
    def call(self) -> Any:
        """The model's own."""
        return self._model.call

    @property
    def supports_masking(self) -> bool:
        """As the model says."""
        return self._model.supports_masking

    def compute_mask(self, x: Any, mask: Any) -> Any:
        """The model's own."""
        return self._model.compute_mask(x, mask)

    def build(self, in_shape: Any) -> Any:
        """The `build` of the user's model, where it has one and did not run yet."""
        self._cell, self._is_built = self._cell or Cell({}, {}), True
        if not is_ours(type(self._model).build):
            self._model.build(in_shape)

    @property
    def own_variables(self) -> list[Variable]:
        """The weights that the model added itself."""
        return super().own_variables

    @property
    def variables(self) -> list[Variable]:
        """The model's own weights, then those of the layers that it holds."""
        return tracking.variables(self._model, self.own_variables)

    def owners(self) -> list[Any]:
        """The body, and the layers that the model holds."""
        return [self, *tracking.owners(self._model)]
