"""ops: Keras's functions by Keras's names, and a sentence for the rest."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from dragonet import layers, ops

X = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], "float32")

CALLS = {
    "cast": lambda k: k.cast(X, "int32"),
    "clip": lambda k: k.clip(X, x_min=-1, x_max=1),
    "convert_to_numpy": lambda k: k.convert_to_numpy(k.convert_to_tensor(X)),
    "convert_to_tensor": lambda k: k.convert_to_tensor([1, 2], "float32"),
    "divide_no_nan": lambda k: k.divide_no_nan(X, X),
    "erf": lambda k: k.erf(k.convert_to_tensor(X)),
    "leaky_relu": lambda k: k.leaky_relu(X),
    "logsumexp": lambda k: k.logsumexp(X, axis=1),
    "max": lambda k: k.max(X, axis=-1, keepdims=True),
    "moments": lambda k: k.moments(X, axes=[0]),
    "norm": lambda k: k.norm(X, axis=1),
    "one_hot": lambda k: k.one_hot(np.array([0, 2]), 3),
    "relu": lambda k: k.relu(X),
    "scatter": lambda k: k.scatter(np.array([[0, 1], [1, 2], [0, 1]]), np.ones(3, "float32"), (2, 3)),
    "scatter_update": lambda k: k.scatter_update(X, np.array([[0, 1], [1, 2]]), np.ones(2, "float32")),
    "segment_sum": lambda k: k.segment_sum(X, np.array([1, 0]), 3),
    "shape": lambda k: k.shape(X),
    "slice": lambda k: k.slice(X, [0, 1], [2, 2]),
    "slice_update": lambda k: k.slice_update(X, [0, 1], np.ones((2, 2), "float32")),
    "softmax": lambda k: k.softmax(X),
    "softsign": lambda k: k.softsign(X),
    "stack": lambda k: k.stack([X, X], axis=1),
    "take_along_axis": lambda k: k.take_along_axis(X, np.array([0, 5])),
    "top_k": lambda k: k.top_k(X, 2),
    "vectorized_map": lambda k: k.vectorized_map(lambda row: row.sum(), X),
    "hard_shrink": lambda k: k.hard_shrink(X),
    "soft_shrink": lambda k: k.soft_shrink(X),
    "tanh_shrink": lambda k: k.tanh_shrink(X),
    "threshold": lambda k: k.threshold(X, 0.2, -3.0),
    "while_loop": lambda k: k.while_loop(lambda i, x: i < 9, lambda i, x: (i + 1, 2.0 * x), (0, 1.0), 3),
    "while_loop of one": lambda k: k.while_loop(lambda i: i < 3, lambda i: i + 1, 0),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_are_keras_s(name):
    ours, theirs = CALLS[name](ops), CALLS[name](keras.ops)
    several = isinstance(theirs, tuple | list)
    for a, b in zip(*((ours, theirs) if several else ([ours], [theirs])), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
        assert np.asarray(a).dtype == np.asarray(b).dtype


# Layers, losses and metrics have the first of these; the others are rare, and one line of jax.numpy each.
ELSEWHERE = """
    adaptive_average_pool adaptive_max_pool batch_normalization conv_transpose depth_to_space
    fold layer_normalization rms_normalization space_to_depth unfold
    binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy ctc_decode ctc_loss in_top_k normalize
    cdist cholesky_inverse extract_sequences fft fft2 ifft2 image irfft istft
    linalg logdet lu_factor multi_hot nn numpy polar psnr rearrange rfft saturate_cast
    solve_triangular stft view view_as_complex view_as_real
"""


def test_every_other_function_of_keras_is_here():
    public = {name for name in dir(keras.ops) if not name.startswith("_")}
    missing = {name for name in public if not hasattr(ops, name)}
    assert missing == set(ELSEWHERE.split())


def test_sparsemax_is_a_distribution():
    assert ops.sparsemax(X)[0].tolist() == [0.75, 0, 0.25]  # by hand: x - 0.25, the rest 0; Keras's sums to 0.25


def test_an_unknown_name():
    with pytest.raises(AttributeError, match=r"^dragonet.ops has no 'sofmax'. Did you mean 'softmax'?"):
        ops.sofmax  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no 'qqqqq'. What is not here can be written with jax.numpy"):
        ops.qqqqq  # noqa: B018


def test_a_tensor_without_numbers():
    with pytest.raises(TypeError, match=r"^ops.cross needs arrays, but got <KerasTensor shape=\(None, 3\).*Lambda"):
        ops.cross(layers.Input((3,)), layers.Input((3,)))


def test_activations_from_ops_are_saved_by_name():
    assert ops.relu is ops.relu
    assert layers.Dense(1, activation=ops.relu).get_config()["activation"] == "relu"


def test_inside_jit():
    halved = jax.jit(lambda x: ops.divide_no_nan(ops.cast(x, "float32"), ops.shape(x)[0]))
    assert halved(jnp.arange(2)).tolist() == [0, 0.5]
