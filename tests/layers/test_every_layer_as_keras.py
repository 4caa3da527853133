"""Every layer against Keras 3 on its JAX back end: arguments, config, weights' names and order, outputs and slopes."""

import inspect
import json

import jax
import keras
import numpy as np
import pytest
from helpers.keras_pair import pair_of
from helpers.layer_cases import CASES

from dragonet import layers

every_case = pytest.mark.parametrize("case", CASES, ids=str)

# Positional arguments of Keras's that a layer of dragonet may leave out, and why.
BY_WORD = "the base has it, by keyword only"
WRAPS = "for models that do not fit on a laptop; such a feature wraps a layer here"
LEFT_OUT = {
    "name": BY_WORD,
    "dtype": BY_WORD,
    "lora_rank": WRAPS,
    "lora_alpha": WRAPS,
    "quantization_config": WRAPS,
    "gptq_unpacked_column_size": WRAPS,
}


@pytest.mark.parametrize("name", [name for name in layers.__all__ if hasattr(keras.layers, name) and name != "Layer"])
def test_arguments_are_keras_s_in_order_and_by_default(name):
    given, wanted = _arguments(getattr(layers, name)), _arguments(getattr(keras.layers, name))
    assert given == {word: default for word, default in wanted.items() if word in given or word not in LEFT_OUT}
    assert list(given) == [word for word in wanted if word in given]


def _arguments(thing):
    parameters = inspect.signature(thing).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}


@every_case
def test_weights_have_keras_s_names_order_and_shapes(case):
    pair = pair_of(case)
    ours = [(weight.name, weight.shape) for weight in pair.ours.weights]
    assert ours == [(weight.name, tuple(weight.shape)) for weight in pair.theirs.weights]
    trainable = [weight.name for weight in pair.ours.trainable_weights]
    assert trainable == [weight.name for weight in pair.theirs.trainable_weights]


@every_case
def test_weights_travel_both_ways(case):
    pair = pair_of(case)
    pair.theirs.set_weights(pair.ours.get_weights())
    for ours, theirs in zip(pair.ours.get_weights(), pair.theirs.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs.value)


@every_case
def test_outputs_and_slopes_are_keras_s(case):
    pair = pair_of(case)
    close_to(*pair.run(training=False), case.tolerance)


@pytest.mark.parametrize("case", [case for case in CASES if case.training], ids=str)
def test_training_outputs_slopes_and_state_are_keras_s(case):
    pair = pair_of(case)
    close_to(*pair.run(training=True), case.tolerance)


def close_to(ours, theirs, tolerance):
    ours, theirs = (jax.tree.leaves(part) for part in (ours, theirs))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype or not np.issubdtype(a.dtype, np.floating)
        np.testing.assert_array_less(np.abs(a - b), tolerance * max(1.0, np.abs(b).max(initial=0)))


@every_case
def test_output_shape_is_told_as_keras_does(case):
    pair = pair_of(case)
    ours = pair.ours.compute_output_shape(case.in_shape)
    theirs = tuple(pair.theirs.compute_output_shape(case.in_shape))
    assert ours == (list(theirs) if isinstance(ours, list) else theirs)


@every_case
def test_masks_go_on_where_keras_lets_them(case):
    pair = pair_of(case)
    assert pair.ours.supports_masking == pair.theirs.supports_masking


@every_case
def test_keras_reads_our_config(case):
    pair = pair_of(case)
    ours = _through_json(pair.ours.get_config())
    read = getattr(keras.layers, case.layer).from_config(ours)
    assert _through_json(read.get_config()) == _through_json(_fresh(keras.layers, case).get_config())


@every_case
def test_we_read_keras_s_config_and_our_own(case):
    ours = _fresh(layers, case)
    for config in (_fresh(keras.layers, case).get_config(), ours.get_config()):
        read = getattr(layers, case.layer).from_config(_through_json(config))
        assert read.get_config() | {"dtype": None} == _through_json(ours.get_config()) | {"dtype": None}


def _fresh(room, case):
    return getattr(room, case.layer)(**case.kwargs, name="it")


def _through_json(config):
    return json.loads(json.dumps(config), parse_float=lambda said: round(float(said), 6))  # Keras keeps 0.01 in float32
