"""A case built twice, in dragonet and in Keras on its JAX back end, with the same weights and the same input."""

import functools
from typing import Any
from unittest import mock

import jax
import keras
import numpy as np
from keras.src.initializers.random_initializers import VarianceScaling

from helpers.layer_case import Case, outputs_weighed


class Pair:
    """`ours` and `theirs`, built for the case's input with equal weights."""

    def __init__(self, case: Case):
        self.case = case
        self.ours = case.make()
        self.ours.build(case.in_shape)
        with mock.patch.object(VarianceScaling, "__call__", _zeros):  # drawing would compile for half a second
            self.theirs = getattr(keras.layers, case.layer)(**case.kwargs, name="it")
            if not self.theirs.built:
                self.theirs.build(case.in_shape)
        drawn = {name: held for part in case.variables() for name, held in part.items()}
        self.weights = [drawn[weight.name] for weight in self.theirs.weights if weight.name in drawn]
        if len(self.weights) == len(self.theirs.weights):  # else a test says so
            self.theirs.set_weights(self.weights)
            self.ours.set_weights(self.weights)
        if hasattr(self.theirs, "finalize_state"):  # Normalization works on copies of its weights
            self.theirs.finalize_state()

    def run(self, training: bool) -> tuple[Any, Any]:
        """Of ours and of theirs: outputs, state after them, and the slopes of Σ sin y; compiled as one program."""
        params, state = self.ours.gather()
        trainable = [variable.value for variable in self.theirs.trainable_variables]
        others = [variable.value for variable in self.theirs.non_trainable_variables]
        statistics = len(self.theirs.weights) - len(trainable)  # what follows is the state of Keras's dice
        more = {"training": training} if self.theirs._call_has_training_arg else {}
        names = list(params)  # in their order, while JAX sorts the names in a dict
        of = (0, 1) if self.case.of_numbers else (0,)

        def ours(params, x):
            y, after = self.ours.apply(params, state, x, training=training, key=None, **self.case.with_mask())
            return outputs_weighed(y), (y, [after[name] for name in state])

        def theirs(trainable, x):
            y, after = self.theirs.stateless_call(trainable, others, x, **more, **self.case.with_mask())
            return outputs_weighed(y), (y, after[:statistics])

        @jax.jit
        def both(params, trainable, x):
            (_, a), a_slopes = jax.value_and_grad(ours, of, has_aux=True)(params, x)
            (_, b), b_slopes = jax.value_and_grad(theirs, of, has_aux=True)(trainable, x)
            return (a, ([a_slopes[0][name] for name in names], *a_slopes[1:])), (b, b_slopes)

        return both(params, trainable, self.case.x())


def _zeros(initializer: Any, shape: tuple, dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, dtype)


@functools.cache
def _pair(number: int) -> Pair:
    from helpers.layer_cases import CASES

    return Pair(CASES[number])


def pair_of(case: Case) -> Pair:
    """The pair of a case of the list, built once."""
    from helpers.layer_cases import CASES

    return _pair(next(i for i, other in enumerate(CASES) if other is case))
