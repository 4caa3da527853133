"""MinGRU and LRU against a loop in NumPy and finite differences; what linear recurrences share."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.wrapper_pair import MASK, X

import dragonet
from dragonet import layers


def min_gru(p, x, h):
    z, g = np.split(x @ p["kernel"] + p["bias"], 2, axis=-1)
    z = 1 / (1 + np.exp(-z))
    h = (1 - z) * h + z * g
    return h, h


def lru(p, x, h):
    eigenvalue = np.exp(-np.exp(p["nu"]) + 1j * np.exp(p["theta"]))
    h = eigenvalue * h + np.exp(p["gamma"]) * (x @ (p["B_real"] + 1j * p["B_imaginary"]))
    return (h @ (p["C_real"] + 1j * p["C_imaginary"])).real + x @ p["D"], h


BOTH = pytest.mark.parametrize(("cls", "step"), [(layers.MinGRU, min_gru), (layers.LRU, lru)], ids=["MinGRU", "LRU"])


def built(cls, **options):
    layer = cls(6, **options)
    layer.build(X.shape)
    return layer, {name: np.asarray(array, np.float64) for name, array in layer.gather()[0].items()}


@BOTH
@pytest.mark.parametrize("mask", [None, MASK], ids=["all steps", "masked"])
def test_it_is_the_loop(cls, step, mask):
    layer, p = built(cls, return_sequences=True)
    h, ys = np.zeros((3, 6)), []
    for t in range(X.shape[1]):
        y, new = step(p, X[:, t].astype(np.float64), h)
        h = new if mask is None else np.where(mask[:, t, None], new, h)
        ys.append(y)
    ys = np.stack(ys, axis=1)
    ours = np.asarray(layer(X, mask=mask))
    seen = np.ones_like(MASK) if mask is None else mask
    np.testing.assert_allclose(ours[seen], ys[seen], rtol=1e-4, atol=1e-5)


@BOTH
def test_the_last_step_and_backwards(cls, step):
    layer, _ = built(cls, return_sequences=True)
    last, _ = built(cls)
    back, _ = built(cls, go_backwards=True, return_sequences=True)
    for other in (last, back):
        other.set_weights(layer.get_weights())
    np.testing.assert_allclose(last(X), layer(X)[:, -1], atol=1e-6)
    np.testing.assert_allclose(back(X), layer(X[:, ::-1]), atol=1e-6)


@BOTH
def test_slopes_equal_finite_differences(cls, step):
    layer, weights = built(cls)
    draw = np.random.default_rng(3)
    with jax.enable_x64(True):
        point = {name: jnp.asarray(a) for name, a in weights.items()}, jnp.asarray(X, jnp.float64)
        direction = jax.tree.map(lambda a: 1e-6 * draw.normal(size=a.shape), point)

        def f(params, x):
            return jnp.sin(layer.apply(params, {}, x, training=False, key=None)[0]).sum()

        slopes = jax.grad(f, (0, 1))(*point)
        exact = sum(jnp.vdot(a, b) for a, b in zip(jax.tree.leaves(slopes), jax.tree.leaves(direction), strict=True))
        ahead, behind = (f(*jax.tree.map(lambda a, b, s=s: a + s * b, point, direction)) for s in (1, -1))
        np.testing.assert_allclose(exact, (ahead - behind) / 2, rtol=1e-6)


def test_a_sequence_in_two_parts():
    layer, _ = built(layers.MinGRU, return_state=True)
    _, state = layer(X[:, :2])
    np.testing.assert_allclose(layer(X[:, 2:], initial_state=[state])[0], layer(X)[0], atol=1e-6)


@pytest.mark.parametrize("cls", [layers.MinGRU, layers.LRU])
def test_models_learn_are_saved_and_loaded(cls, tmp_path):
    model = dragonet.Sequential([dragonet.Input((5, 4)), cls(6, return_sequences=True), cls(3), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(X, X[:, 0, :1], epochs=30, verbose=0)
    assert history.history["loss"][-1] < 0.9 * history.history["loss"][0]
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(dragonet.models.load_model(tmp_path / "m.keras").predict(X), model.predict(X))


def test_lru_begins_inside_the_ring():
    layer = layers.LRU(500, r_min=0.9, r_max=0.99, max_phase=1.0)
    layer.build((None, 3, 2))
    p = layer.gather()[0]
    size, angle = np.exp(-np.exp(p["nu"])), np.exp(p["theta"])
    assert 0.9 <= size.min() < 0.91 and 0.985 < size.max() <= 0.99 and angle.max() <= 1.0
    np.testing.assert_allclose(np.exp(p["gamma"]), np.sqrt(1 - size**2), rtol=1e-3)
    with pytest.raises(ValueError, match=r"LRU needs 0 <= r_min < r_max <= 1, but got 0\.9 and 0\.5"):
        layers.LRU(3, r_min=0.9, r_max=0.5)


def test_mistakes():
    with pytest.raises(ValueError, match=r"MinGRU\(units=3\) needs sequences of shape \(batch, steps, features\)"):
        layers.MinGRU(3)(X[:, 0])
    with pytest.raises(ValueError, match=r"units to be a whole number of at least 1, but got 0"):
        layers.LRU(0)
