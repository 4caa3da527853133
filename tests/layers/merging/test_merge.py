"""Merging: on tensors of a graph and as functions, with masks as Keras's, and what the masks become."""

import jax
import keras
import numpy as np
import pytest

from dragonet import layers
from dragonet.layers import Input

A, B = (np.random.default_rng(seed).normal(size=(2, 3, 2)).astype("float32") for seed in (0, 1))
MASK_A, MASK_B = np.array([[1, 1, 0], [1, 0, 0]], bool), np.array([[1, 0, 1], [1, 0, 0]], bool)


@pytest.mark.parametrize("name", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"])
def test_the_function_form_links_the_graph_and_computes(name):
    arguments = {"axes": -1} if name == "Dot" else {}
    function, layer = getattr(layers, name.lower()), getattr(layers, name)(**arguments)
    a, b = Input((3, 2)), Input((3, 2))
    linked = function([a, b])
    assert linked.shape == (None, 3, {"Concatenate": 4, "Dot": 3}.get(name, 2))
    assert type(linked.node.layer) is type(layer) and linked.node.inputs == [a, b]
    np.testing.assert_array_equal(function([A, B]), layer([A, B]))


def test_signs_between_tensors_are_layers():
    a, b = Input((3,)), Input((3,))
    assert [type(y.node.layer).__name__ for y in (a + b, a - b, a * b)] == ["Add", "Subtract", "Multiply"]


@pytest.mark.parametrize("name", ["Add", "Multiply", "Maximum", "Minimum"])
@pytest.mark.parametrize("masks", [(MASK_A, MASK_B), (MASK_A, None), (None, None)], ids=["both", "one", "none"])
def test_masks_are_heeded_as_by_keras(name, masks):
    ours, theirs = getattr(layers, name)(), getattr(keras.layers, name)()
    masked = [keras.ops.convert_to_tensor(x) for x in (A, B)]
    for x, mask in zip(masked, masks, strict=True):
        if mask is not None:
            keras.src.backend.set_keras_mask(x, keras.ops.convert_to_tensor(mask))
    given = None if all(mask is None for mask in masks) else list(masks)
    np.testing.assert_allclose(ours([A, B], mask=given), theirs(masked), rtol=1e-6)
    went = ours.compute_mask([A, B], given)
    if any(mask is None for mask in masks):
        assert went is None
    else:
        np.testing.assert_array_equal(went, MASK_A | MASK_B)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("masks", [(MASK_A, MASK_B), (MASK_A, None)], ids=["both", "one"])
def test_concatenate_joins_masks_as_keras_does(axis, masks):
    ours, theirs = layers.Concatenate(axis), keras.layers.Concatenate(axis)
    as_theirs = [None if mask is None else keras.ops.convert_to_tensor(mask) for mask in masks]
    tensors = [keras.ops.convert_to_tensor(x) for x in (A, B)]
    np.testing.assert_array_equal(ours.compute_mask([A, B], list(masks)), theirs.compute_mask(tensors, as_theirs))
    assert ours.compute_mask([A, B], [None, None]) is None


def test_unknown_lengths_are_merged_as_far_as_they_are_known():
    assert layers.Add().compute_output_shape([(None, None, 4), (None, 3, 1)]) == (None, 3, 4)
    assert layers.Concatenate(1).compute_output_shape([(None, None, 4), (None, 3, 4)]) == (None, None, 4)
    assert layers.Concatenate().compute_output_shape([(None, None, 4), (None, 3, 4)]) == (None, 3, 8)


def test_normalised_dot_is_the_cosine_and_has_a_slope_at_zero():
    layer = layers.Dot(1, normalize=True)
    a = np.array([[3.0, 4.0]], "float32")
    np.testing.assert_allclose(layer([a, 2 * a]), [[1.0]], rtol=1e-6)
    slope = jax.grad(lambda x: layer.apply({}, {}, [x, a], training=False, key=None)[0].sum())
    assert np.isfinite(slope(np.zeros((1, 2), "float32"))).all()
