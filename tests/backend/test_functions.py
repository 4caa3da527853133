"""Functions of arrays by older names, by hand; also on a model's tensors."""

import numpy as np
import pytest

import dragonet
from dragonet import backend as K

X = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
Z = np.random.default_rng(1).normal(size=(2, 4, 3)).astype("float32")

BY_HAND = {
    "mean": (lambda: K.mean(X, axis=1, keepdims=True), X.mean(1, keepdims=True)),
    "max": (lambda: K.max(X, axis=0), X.max(0)),
    "argmax": (lambda: K.argmax(X), X.argmax(-1)),
    "clip": (lambda: K.clip(X, min_value=-0.5, max_value=0.5), X.clip(-0.5, 0.5)),
    "concatenate": (lambda: K.concatenate([X, X]), np.concatenate([X, X], -1)),
    "expand_dims": (lambda: K.expand_dims(X), X[..., None]),
    "permute_dimensions": (lambda: K.permute_dimensions(Z, (0, 2, 1)), Z.transpose(0, 2, 1)),
    "batch_flatten": (lambda: K.batch_flatten(Z), Z.reshape(2, 12)),
    "batch_dot, vectors": (lambda: K.batch_dot(X, X, axes=1), (X * X).sum(1, keepdims=True)),
    "batch_dot, a matrix": (lambda: K.batch_dot(Z, X, axes=(2, 1)), np.einsum("bij,bj->bi", Z, X)),
    "batch_dot, matrices": (lambda: K.batch_dot(Z, Z, axes=[2, 2]), np.einsum("bij,bkj->bik", Z, Z)),
    "batch_dot, a row": (lambda: K.batch_dot(X, Z, axes=(1, 2)), np.einsum("bj,bij->bi", X, Z)),
    "l2_normalize": (lambda: K.l2_normalize(X, axis=1), X / np.linalg.norm(X, axis=1, keepdims=True)),
    "repeat": (lambda: K.repeat(X, 4), np.repeat(X[:, None], 4, 1)),
    "repeat_elements": (lambda: K.repeat_elements(X, 2, 1), np.repeat(X, 2, 1)),
    "relu": (lambda: K.relu(X, alpha=0.1, max_value=0.5), np.minimum(np.where(X >= 0, X, 0.1 * X), 0.5)),
    "pow": (lambda: K.pow(X, 2), X**2),
    "reverse": (lambda: K.reverse(X, 1), X[:, ::-1]),
    "cumsum": (lambda: K.cumsum(X), X.cumsum(0)),
    "switch": (lambda: K.switch(X > 0, lambda: X, lambda: 0 * X), np.where(X > 0, X, 0)),
    "bias_add": (lambda: K.bias_add(Z, X[0]), Z + X[0]),
    "binary_crossentropy": (lambda: K.binary_crossentropy(np.ones(2), np.array([0.5, 0.25])), -np.log([0.5, 0.25])),
    "constant": (lambda: K.constant(2.0, shape=(2,)), np.full(2, 2.0)),
    "dot": (lambda: K.dot(X, X.T), X @ X.T),
}


@pytest.mark.parametrize(("run", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_by_hand(run, expected):
    np.testing.assert_allclose(run(), expected, rtol=1e-5, atol=1e-6)


def test_gather_takes_rows():
    np.testing.assert_array_equal(K.gather(X, [1, 0]), X[[1, 0]])


def test_on_a_model_s_tensors():
    inputs = dragonet.Input((4, 3))
    y = K.mean(K.square(inputs), axis=1)
    y = K.log(K.clip(y, 1e-7, 1e4))
    model = dragonet.Model(inputs, K.l2_normalize(K.batch_dot(inputs, y, axes=(2, 1)), axis=1))
    assert K.int_shape(y) == (None, 3) and K.ndim(y) == 2 and K.is_keras_tensor(y)
    log = np.log((Z**2).mean(1))
    expected = np.einsum("bij,bj->bi", Z, log)
    np.testing.assert_allclose(model.predict(Z), expected / np.linalg.norm(expected, axis=1, keepdims=True), rtol=1e-4)


def test_variables():
    v = K.variable([1.0, 2.0])
    K.update_add(v, 1.0)
    np.testing.assert_array_equal(K.get_value(v), [2, 3])
    K.set_value(v, [0.0, 0.0])
    np.testing.assert_array_equal(K.eval(v), [0, 0])
    assert K.random_normal((2, 2)).shape == K.random_uniform((2, 2)).shape == (2, 2)
    with pytest.raises(TypeError, match=r"update needs a variable, but got an array of shape"):
        K.update(dragonet.Input((3,)), X)


def test_dtypes():
    assert K.standardize_dtype(np.float64) == "float64" and K.result_type("int32", "float32") == "float32"
    assert K.is_float_dtype("float16") and not K.is_int_dtype("bool") and K.dtype(X) == "float32"
    with pytest.raises(ValueError, match=r"standardize_dtype needs a dtype such as 'float32', but got 'words'"):
        K.standardize_dtype("words")
