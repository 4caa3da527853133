"""KerasMethods: an optimizer outside `fit`, as in Keras: its state as variables, steps by hand, and what a subclass calls."""

# JAX's trees have no types, nor have the variables of models.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp

from dragonet.core import errors
from dragonet.core.keras_names import absent_names
from dragonet.optimizers.keras_style import stateless, subclassing


class KerasMethods:
    """The part of an optimizer that a training loop of one's own uses, and a class with `update_step`."""

    iterations: Any
    built = False  # whether `build` was called
    _variables: Sequence[Any] = ()
    _built_for: Sequence[Any] = ()

    def __getattr__(self, name: str) -> Any:
        instead = absent_names.advice(f"Optimizer.{name}")
        raise AttributeError(f"{type(self).__name__} has no {name!r}. {instead}".strip())

    # --- by hand ------------------------------------------------------------------------------------------------------

    def build(self, variables: Sequence[Any]) -> None:
        """Make the state for these variables of a model, for a training loop of one's own."""
        if subclassing.is_building(self):
            subclassing.track(self, variables)
        else:
            self.build_state(variables)

    def build_state(self, variables: Sequence[Any]) -> None:
        """The same, outside a class's own `build`."""
        weights = [jnp.asarray(getattr(variable, "value", variable)) for variable in variables]
        vars(self)["_variables"] = stateless.first_variables(self, weights)
        vars(self).update(_built_for=list(variables), built=True)

    @property
    def variables(self) -> list[Any]:
        """The state that `build` made, as arrays: the number of steps, the learning rate, then what is kept beside the weights."""
        return list(self._variables)

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """One step on lists of arrays: the new weights, and the new state in the order of `variables`. Pure."""
        return stateless.apply(self, optimizer_variables, grads, trainable_variables)

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None) -> None:
        """One step: the new values are assigned to the variables, which are those of `build` if they are not passed.

        Raises ValueError where there are none, or others than those of `build`.

        >>> from dragonet import Variable, optimizers
        >>> w = Variable([1.0, 2.0]); optimizers.SGD(0.1).apply([[1.0, 1.0]], [w]); print(w.numpy())
        [0.9 1.9]
        """
        if trainable_variables is not None and not self.built:
            self.build(list(trainable_variables))
        built_for = list(self._built_for)
        variables = built_for if trainable_variables is None else list(trainable_variables)
        is_known = len(variables) == len(built_for) and all(a is b for a, b in zip(variables, built_for, strict=True))
        if not (self.built and is_known and len(grads) == len(variables)):
            needs = f"a gradient for each of the {len(built_for)} variables that it was built for"
            got = f"{len(grads)} gradients for {len(variables)} variables"
            raise errors.value_error(
                f"{type(self).__name__}.apply", needs, got, "Call optimizer.build(variables) first."
            )
        if any(gradient is None for gradient in grads):
            raise errors.value_error(f"{type(self).__name__}.apply", "a gradient for each variable", "None")
        state = list(self._variables)
        rate = stateless.rate_of(self)
        if rate is not None:
            state[1] = rate
        new, state = self.stateless_apply(
            state, [jnp.asarray(g) for g in grads], [jnp.asarray(variable.value) for variable in variables]
        )
        for variable, value in zip(variables, new, strict=True):
            limit = getattr(variable, "constraint", None)
            variable.assign(value if limit is None else limit(value))
        vars(self)["_variables"] = state
        self.iterations = int(state[0])

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> Any:
        """One step for pairs of a gradient and its variable; the number of steps so far."""
        grads, variables = zip(*grads_and_vars, strict=True)
        self.apply(grads, variables)
        return self.iterations

    # --- what a class with `update_step` calls ----------------------------------------------------------------------------

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """In a class written as in Keras: assign a weight its next value."""
        raise NotImplementedError

    def add_variable_from_reference(
        self, reference_variable: Any, name: str | None = None, initializer: Any = "zeros"
    ) -> Any:
        """A variable beside a weight, with its shape and dtype."""
        shape, dtype = reference_variable.shape, reference_variable.dtype
        name = f"{reference_variable.path.replace('/', '_')}_{name or 'var'}"
        return subclassing.add_variable(self, shape, initializer, dtype, name, reference_variable)

    def add_optimizer_variables(self, trainable_variables: Sequence[Any], name: Any, initializer: Any = "zeros") -> Any:
        """A list of variables beside these weights; for a list of names a tuple of such lists."""
        if isinstance(name, str):
            return [self.add_variable_from_reference(v, name, initializer) for v in trainable_variables]
        several = initializer if isinstance(initializer, list | tuple) else [initializer] * len(name)
        pairs = zip(name, several, strict=True)
        return tuple(self.add_optimizer_variables(trainable_variables, own, first) for own, first in pairs)

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: str | None = None,
        aggregation: str | None = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Any:
        """A variable that all weights share."""
        return subclassing.add_variable(self, shape, initializer, dtype, name, None)

    def assign(self, variable: Any, value: Any) -> None:
        """Assign a value to a weight or to a variable of the optimizer."""
        variable.assign(value)

    def assign_add(self, variable: Any, value: Any) -> None:
        """Add a value to a weight or to a variable of the optimizer."""
        variable.assign_add(value)

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Subtract a value from a weight or from a variable of the optimizer."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Any) -> int:
        return subclassing.index_of(self, variable)
