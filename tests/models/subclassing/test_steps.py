"""Steps of a user's class, run by Keras and by dragonet: the same weights and logs; loops by hand; what is refused."""

import jax
import keras
import numpy as np
import pytest

import dragonet

X = np.random.default_rng(0).random((64, 8)).astype("float32")
Y = np.random.default_rng(1).random((64, 1)).astype("float32")


def constant(k, value):
    return k.initializers.Constant(value)


def graph(k, cls, regularizer=None):
    """A small model of a class, from inputs to outputs."""
    inputs = k.Input((8,))
    hidden = k.layers.Dense(4, activation="relu", kernel_initializer=constant(k, 0.1))(inputs)
    hidden = k.layers.BatchNormalization()(hidden)
    out = k.layers.Dense(1, kernel_initializer=constant(k, 0.2), kernel_regularizer=regularizer)(hidden)
    return cls(inputs, out)


def own_train_step(k):
    """As in Keras's guide "Customizing what happens in fit() with JAX"."""

    class Own(k.Model):
        def loss_and_updates(self, trainable, non_trainable, x, y, training=False):
            y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=training)
            return self.compute_loss(x, y, y_pred), (y_pred, non_trainable)

        def train_step(self, state, data):
            trainable, non_trainable, optimizer_variables, metrics_variables = state
            x, y = data
            gradient = jax.value_and_grad(self.loss_and_updates, has_aux=True)
            (loss, (y_pred, non_trainable)), grads = gradient(trainable, non_trainable, x, y, training=True)
            trainable, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, grads, trainable)
            new, logs = [], {}
            for metric in self.metrics:
                own = metrics_variables[len(new) : len(new) + len(metric.variables)]
                arguments = (loss,) if metric.name == "loss" else (y, y_pred)
                own = metric.stateless_update_state(own, *arguments)
                logs[metric.name] = metric.stateless_result(own)
                new += own
            return logs, (trainable, non_trainable, optimizer_variables, new)

    return graph(k, Own), {"metrics": ["mae"]}


def own_loss(k):
    class Own(k.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return k.ops.mean(k.ops.abs(y - y_pred)) + sum(self.losses)

    return graph(k, Own, "l2"), {"metrics": ["mae"]}


def own_metrics(k):
    """A model with `call` that learns its own input and holds its metrics."""

    class Coder(k.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.encoder = k.layers.Dense(3, activation="tanh", kernel_initializer=constant(k, 0.1))
            self.decoder = k.layers.Dense(8, kernel_initializer=constant(k, 0.2))
            self.loss_tracker, self.twice = k.metrics.Mean(name="loss"), k.metrics.Mean(name="twice")

        def call(self, inputs, training=False):
            return self.decoder(self.encoder(inputs))

        @property
        def metrics(self):
            return [self.loss_tracker, self.twice]

        def train_step(self, state, data):
            trainable, non_trainable, optimizer_variables, metrics_variables = state
            x = data[0] if isinstance(data, tuple) else data

            def compute(trainable, non_trainable):
                out, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
                return k.ops.mean(k.ops.square(x - out)), non_trainable

            (loss, non_trainable), grads = jax.value_and_grad(compute, has_aux=True)(trainable, non_trainable)
            trainable, optimizer_variables = self.optimizer.stateless_apply(optimizer_variables, grads, trainable)
            first = self.loss_tracker.stateless_update_state(metrics_variables[:2], loss)
            second = self.twice.stateless_update_state(metrics_variables[2:], 2 * loss)
            logs = {"loss": self.loss_tracker.stateless_result(first), "twice": self.twice.stateless_result(second)}
            return logs, (trainable, non_trainable, optimizer_variables, first + second)

    return Coder(), {}


def learned(k, case):
    model, arguments = case(k)
    data = (X,) if case is own_metrics else (X, Y)
    model.compile(k.optimizers.Adam(0.01, epsilon=0.01), None if case is own_metrics else "mse", **arguments)
    history = model.fit(*data, epochs=3, batch_size=16, shuffle=False, verbose=0).history
    return history, [np.asarray(w) for w in model.get_weights()], model.predict(X[:4], verbose=0)


@pytest.mark.parametrize("case", [own_train_step, own_loss, own_metrics], ids=lambda case: case.__name__)
def test_learns_as_in_keras(case):
    (theirs, their_weights, their_answers), (ours, weights, answers) = (learned(k, case) for k in (keras, dragonet))
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=2e-4, atol=1e-5, err_msg=name)
    for a, b in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
    np.testing.assert_allclose(answers, their_answers, rtol=2e-4, atol=1e-5)


def test_a_loss_of_ones_own_is_tested_too():
    scores = []
    for k in (keras, dragonet):
        model, arguments = own_loss(k)
        model.compile("sgd", "mse", **arguments)
        history = model.fit(X, Y, epochs=2, batch_size=16, shuffle=False, verbose=0, validation_data=(X, Y)).history
        scores.append([*history["val_loss"], *model.evaluate(X, Y, verbose=0)])
    np.testing.assert_allclose(scores[1], scores[0], rtol=2e-4, atol=1e-5)


def loop(k):
    """As in Keras's guide "Writing a training loop from scratch in JAX"."""
    model = graph(k, k.Model)
    optimizer, loss_fn, metric = (
        k.optimizers.Adam(0.01, epsilon=0.01),
        k.losses.MeanSquaredError(),
        k.metrics.MeanAbsoluteError(),
    )

    def compute(trainable, non_trainable, totals, x, y):
        y_pred, non_trainable = model.stateless_call(trainable, non_trainable, x, training=True)
        return loss_fn(y, y_pred), (non_trainable, metric.stateless_update_state(totals, y, y_pred))

    @jax.jit
    def step(state, x, y):
        trainable, non_trainable, optimizer_variables, totals = state
        (_, (non_trainable, totals)), grads = jax.value_and_grad(compute, has_aux=True)(
            trainable, non_trainable, totals, x, y
        )
        trainable, optimizer_variables = optimizer.stateless_apply(optimizer_variables, grads, trainable)
        return trainable, non_trainable, optimizer_variables, totals

    optimizer.build(model.trainable_variables)
    lists = model.trainable_variables, model.non_trainable_variables, optimizer.variables, metric.variables
    state = tuple([getattr(variable, "value", variable) for variable in variables] for variables in lists)
    for i in range(0, 64, 16):
        state = step(state, X[i : i + 16], Y[i : i + 16])
    for variables, values in zip((model.trainable_variables, model.non_trainable_variables), state, strict=False):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    return float(metric.stateless_result(state[3])), model.predict(X[:4], verbose=0)


def test_a_loop_by_hand_learns_as_in_keras():
    (theirs, their_answers), (ours, answers) = loop(keras), loop(dragonet)
    assert ours == pytest.approx(theirs, rel=1e-4)
    np.testing.assert_allclose(answers, their_answers, rtol=2e-4, atol=1e-5)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_the_form_of_tensorflow_is_refused_in_a_sentence():
    with pytest.raises(
        TypeError, match=r"needs train_step\(self, state, data\), Keras's form on JAX.*docs/subclassing\.md"
    ):

        class Old(dragonet.Model):
            def train_step(self, data):
                return {}


def test_so_is_one_that_is_mixed_in():
    class Steps:
        def train_step(self, data):
            return {}

    with pytest.raises(TypeError, match=r"The model Old needs train_step\(self, state, data\)"):
        type("Old", (Steps, dragonet.Model), {})


def test_a_step_that_returns_something_else_is_refused():
    class Wrong(dragonet.Model):
        def train_step(self, state, data):
            return {"loss": 0.0}

    model = graph(dragonet, Wrong)
    model.compile("sgd", "mse")
    with pytest.raises(
        TypeError, match=r"Wrong\.train_step needs to return \(logs, state\), a dict and a tuple of 4 lists"
    ):
        model.fit(X, Y, verbose=0)


def test_a_log_that_is_no_scalar_is_named():
    class Wrong(dragonet.Model):
        def train_step(self, state, data):
            return {"loss": data[0]}, state

    model = graph(dragonet, Wrong)
    model.compile("sgd", "mse")
    with pytest.raises(
        ValueError, match=r"Wrong\.train_step needs each of its logs to be a scalar, but got 'loss' of shape"
    ):
        model.fit(X, Y, verbose=0)


def test_class_weight_is_refused():
    model, arguments = own_loss(dragonet)
    model.compile("sgd", "mse", **arguments)
    with pytest.raises(ValueError, match="needs no class_weight with a train_step of your own"):
        model.fit(X, Y, class_weight={0: 1.0}, verbose=0)
