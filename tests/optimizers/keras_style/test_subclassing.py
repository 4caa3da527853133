"""Optimizers written as in Keras, and optimizers used by hand: the same code run by Keras and by dragonet, with equal weights."""

import jax
import keras
import numpy as np
import pytest

import dragonet
from dragonet.core.errors import DragonetError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")
GRADS = [np.array([1.0, -2.0], "float32"), np.array([[0.5]], "float32")]


def momentum_class(k):
    class Momentum(k.optimizers.Optimizer):
        def __init__(self, learning_rate=0.05, momentum=0.9, name="momentum", **kwargs):
            super().__init__(learning_rate=learning_rate, name=name, **kwargs)
            self.momentum = momentum

        def build(self, variables):
            if self.built:
                return
            super().build(variables)
            self.velocities = [self.add_variable_from_reference(v, name="velocity") for v in variables]
            self.squares = self.add_optimizer_variables(variables, "square", initializer="ones")
            self.count = self.add_variable(shape=(), name="count")

        def update_step(self, gradient, variable, learning_rate):
            lr = k.ops.cast(learning_rate, variable.dtype)
            t = k.ops.cast(self.iterations + 1, variable.dtype)
            i = self._get_variable_index(variable)
            velocity, square = self.velocities[i], self.squares[i]
            if i == 0:
                self.assign_add(self.count, 1.0)
            self.assign(square, square * 0.9 + k.ops.square(gradient) * 0.1)
            self.assign(velocity, velocity * self.momentum - gradient * lr / k.ops.sqrt(t))
            self.assign_add(variable, velocity / (k.ops.sqrt(square) + 0.01 * self.count))

        def get_config(self):
            return {**super().get_config(), "momentum": self.momentum}

    return Momentum


def trained(k, frozen=False, **settings):
    tanh = k.layers.Dense(3, activation="tanh", name="a")
    tanh.trainable = not frozen
    model = k.Sequential([k.Input((4,)), tanh, k.layers.Dense(1, activation="sigmoid", name="b")])
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(momentum_class(k)(**settings), "binary_crossentropy")
    model.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"frozen": True},
        {"clipnorm": 0.1},
        {"weight_decay": 0.1},
        {"use_ema": True, "ema_momentum": 0.9},
        {"gradient_accumulation_steps": 2},
        {"learning_rate": "schedule"},
    ],
    ids=str,
)
def test_training_ends_with_keras_weights(settings):
    weights = []
    for k in (keras, dragonet):
        own = dict(settings)
        if own.get("learning_rate"):
            own["learning_rate"] = k.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        weights.append(trained(k, **own).get_weights())
    for theirs, ours in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_files_go_both_ways_with_the_state(tmp_path):
    kinds = {keras: dragonet, dragonet: keras}
    for k, other in kinds.items():
        model = trained(k)
        model.save(tmp_path / "model.keras")
        load = other.models.load_model
        loaded = load(tmp_path / "model.keras", custom_objects={"Momentum": momentum_class(other)})
        assert loaded.optimizer.momentum == 0.9
        for m in (model, loaded):
            m.fit(X, Y, batch_size=16, epochs=1, shuffle=False, verbose=0)
        for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def optimizers_of(k):
    return [momentum_class(k)(), k.optimizers.Adam(0.1), k.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.1)]


@pytest.mark.parametrize("i", range(3))
def test_steps_by_hand(i):
    values = []
    for k in (keras, dragonet):
        optimizer, variables = optimizers_of(k)[i], [k.Variable([1.0, 2.0], name="a"), k.Variable([[3.0]], name="b")]
        optimizer.apply(GRADS, variables)
        optimizer.apply(GRADS)
        optimizer.learning_rate.assign(0.01)
        optimizer.apply_gradients(zip(GRADS, variables, strict=True))
        assert int(optimizer.iterations) == 3
        weights = [np.asarray(v.numpy()) for v in variables]
        state = [np.asarray(array) for array in optimizer.variables]
        step = jax.jit(optimizer.stateless_apply)
        new, after = step(state, GRADS, weights)
        assert len(after) == len(state)
        values.append([*weights, *new])
    for theirs, ours in zip(*values, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_learning_rate_is_assigned():
    optimizer = dragonet.optimizers.Adam()
    optimizer.learning_rate.assign(0.5)
    assert float(optimizer.learning_rate) == optimizer.learning_rate.value == 0.5
    assert dragonet.ops.convert_to_numpy(optimizer.learning_rate) == 0.5
    assert optimizer.learning_rate.numpy().dtype == np.float32
    assert optimizer.get_config()["learning_rate"] == 0.5
    with pytest.raises(AttributeError, match=r"Adam has no 'lr'. It is called learning_rate."):
        _ = optimizer.lr
    with pytest.raises(AttributeError, match=r"Adam has no 'minimize'. Write grads = jax.grad"):
        optimizer.minimize(None, [])
    with pytest.raises(ValueError, match="Adam needs learning_rate, as it is called, but got lr"):
        optimizer.lr = 0.1


def test_what_it_refuses():
    optimizer, w = dragonet.optimizers.SGD(), dragonet.Variable([1.0])
    with pytest.raises(DragonetError, match=r"SGD.apply needs a gradient for each of the 0 variables"):
        optimizer.apply([[1.0]])
    optimizer.build([w])
    with pytest.raises(DragonetError, match=r"but got 1 gradients for 1 variables"):
        optimizer.apply([[1.0]], [dragonet.Variable([1.0])])
    with pytest.raises(DragonetError, match=r"SGD.apply needs a gradient for each variable, but got None"):
        optimizer.apply([None], [w])
    with pytest.raises(DragonetError, match=r"The optimizer Mine needs to derive from Optimizer"):

        class Mine(dragonet.optimizers.Adam):
            def update_step(self, gradient, variable, learning_rate):
                pass
