"""Calls as pure functions on lists of arrays, as Keras has them on JAX, and the losses of a call."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from dragonet import random
from dragonet.core import errors, host_random, session
from dragonet.graph import call_scope
from dragonet.graph.call_scope import CallScope
from dragonet.graph.variable import Variable
from dragonet.graph.variable_owner import VariableOwner

_RANDOM_STATE = 0x5EED  # folded into the seed: other draws of the seed have other keys


class StatelessCalls(VariableOwner):
    """The part of a layer or model that runs on lists of arrays in the place of its variables."""

    _random_variable: Variable | None = None
    _losses_override: list[Any] | None = None  # the losses of a forward pass, while the loss is computed from it

    def owners(self) -> list[Any]:
        """The layers whose variables the formula uses."""
        raise NotImplementedError

    @property
    def random_variable(self) -> Variable | None:
        """Two words from which dropout and the like draw in a stateless call; None where nothing draws."""
        if not any(map(_draws, self.owners())):
            return None
        if self._random_variable is None:
            words = host_random.key(session.seed(), _RANDOM_STATE)
            self._random_variable = Variable.of_layer(np.array(words), "seed_generator_state", self, False)
        return self._random_variable

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Running statistics, the weights of frozen layers, and the state of the random numbers where there are any."""
        variable = self.random_variable
        return self.non_trainable_weights + ([] if variable is None else [variable])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Running statistics, and the weights of frozen layers."""
        return [variable for variable in self.variables if not variable.trainable]

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """The outputs and the non-trainable variables after them, for lists of arrays in the order of these properties. Pure.

        return_losses: also the list of what `add_loss` and regularizers add to the loss.
        Raises ValueError for lists of other lengths.
        """
        values, variable = self._bound_values(trainable_variables, non_trainable_variables), self.random_variable
        key = random.key(0) if variable is None else random.as_jax_key(values[id(variable)])
        with call_scope.entered(CallScope(values, None, key)):
            outputs = self(*args, **kwargs)  # pyright: ignore[reportCallIssue]
            losses = self.losses
        if variable is not None:
            values[id(variable)] = values[id(variable)] + jnp.array([0, 1], jnp.uint32)
        after = [values[id(other)] for other in self.non_trainable_variables]
        return (outputs, after, losses) if return_losses else (outputs, after)

    def _bound_values(self, trainable: Sequence[Any], non_trainable: Sequence[Any]) -> dict[int, Any]:
        """The arrays by the ids of the variables that they stand for."""
        values: dict[int, Any] = {}
        for kind, arrays in (("trainable_variables", trainable), ("non_trainable_variables", non_trainable)):
            variables = getattr(self, kind)
            if len(variables) != len(arrays):
                needs = f"as many arrays as it has {kind}, {len(variables)}"
                raise errors.value_error(f"stateless_call of {self.name!r}", needs, f"{len(arrays)}")
            values |= {id(variable): _array(array) for variable, array in zip(variables, arrays, strict=True)}
        return values

    @property
    def losses(self) -> list[Any]:
        """What the last call on arrays added to the loss, and the penalties on the weights."""
        if self._losses_override is not None:
            return list(self._losses_override)
        scope = call_scope.current()
        called = vars(self).get("_losses", []) if scope is None else scope.losses
        penalties = []
        for owner in self.owners():
            weights = {variable.name: variable for variable in owner.own_variables if variable.trainable}
            penalties += [rule(weights[name].value) for name, rule in owner.regularizers().items() if name in weights]
        return [*called, *penalties]


def _array(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else value


def _draws(layer: Any) -> bool:
    """Whether a layer draws random numbers: it has a seed and a rate above 0, or it holds a SeedGenerator."""
    has_generator = any(isinstance(value, random.SeedGenerator) for value in vars(layer).values())
    return has_generator or ("seed" in vars(layer) and getattr(layer, "rate", 1) not in (0, None))
