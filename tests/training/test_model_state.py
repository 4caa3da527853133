"""ModelState: a model is trained by an objective of its user's own, and nobody else reads a model's private members."""

import ast
import copy
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dragonet
from dragonet import Input, Sequential, layers, models, optimizers, training
from dragonet.callbacks import BackupAndRestore, Callback
from dragonet.core import errors

ROOT = Path(dragonet.__file__).parent
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 4)).astype("float32")
Y = X @ np.array([1.0, -2.0, 0.5, 0.0], "float32") + 1


class MeanSquares(training.Objective):
    """What compile('sgd', 'mse') does, written by hand on the model's graph."""

    def __init__(self, graph, rate=0.05):
        self.graph, self.rate = graph, rate

    def init_state(self, key, batch):
        params, running = self.graph.gather()
        return {"params": params, "running": running}

    def step(self, state, batch, key):
        def loss(params):
            value, running = self.loss(params, state["running"], batch, key)
            return value, running

        (value, running), slopes = jax.value_and_grad(loss, has_aux=True)(state["params"])
        params = jax.tree.map(lambda w, g: w - state["rate"] * g, state["params"], slopes)
        return {"params": params, "running": running, "rate": state["rate"]}, {"loss": value}

    def test(self, state, batch):
        return state, {"loss": self.loss(state["params"], state["running"], batch, None)[0]}

    def loss(self, params, running, batch, key):
        z, running, _, _ = self.graph.run(params, running, batch["x"], training=key is not None, key=key)
        return jnp.mean((z[:, 0] - batch["y"][0]) ** 2), running

    def assignable(self):
        return {"rate": self.rate}

    def weights(self, state):
        return state["params"], state["running"]

    def with_weights(self, state, weights):
        return {**state, "params": weights[0], "running": weights[1]}


def model():
    dragonet.utils.set_random_seed(3)
    return Sequential([Input((4,)), layers.Dense(5, activation="tanh"), layers.Dropout(0.1), layers.Dense(1)])


def by_hand(rate=0.05):
    made = model()
    made.compile(objective=MeanSquares(made.graph, rate))
    return made


HOW = {"batch_size": 16, "verbose": 0, "preflight": False}


def test_an_objective_by_hand_does_what_compile_makes_of_a_loss():
    ours, theirs = by_hand(), model()
    theirs.compile(optimizers.SGD(0.05), "mse", engine="xla")
    a, b = (one.fit(X, Y, epochs=4, validation_data=(X, Y), **HOW).history for one in (ours, theirs))
    assert list(a) == list(b) == ["loss", "val_loss"]
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-4)
    for w, v in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(w, v, rtol=1e-4, atol=1e-6)
    assert ours.evaluate(X, Y, verbose=0) == pytest.approx(theirs.evaluate(X, Y, verbose=0), rel=1e-4)
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), rtol=1e-3, atol=1e-4)
    assert ours.train_on_batch(X[:16], Y[:16]) == pytest.approx(theirs.train_on_batch(X[:16], Y[:16]), rel=1e-3)


def test_a_second_fit_goes_on_and_sees_weights_and_rates_that_were_assigned():
    once, twice = by_hand(), by_hand()
    once.fit(X, Y, epochs=4, **HOW)
    for _ in range(2):
        twice.fit(X, Y, epochs=2, **HOW)
    assert [w.tobytes() for w in once.get_weights()] == [w.tobytes() for w in twice.get_weights()]
    zeros = [np.zeros_like(w) for w in twice.get_weights()]
    twice.set_weights(zeros)
    twice.training_state.objective.rate = 0.0
    twice.fit(X, Y, epochs=1, **HOW)
    assert all((w == 0).all() for w in twice.get_weights())


def test_it_is_resumed_bit_for_bit_with_the_rate_that_was_assigned(tmp_path):
    class Steering(Callback):
        def __init__(self, last=None):
            self.last = last

        def state(self):
            return {}

        def on_epoch_end(self, epoch, logs=None):
            self.model.training_state.objective.rate *= 0.7
            if epoch == self.last:
                raise KeyboardInterrupt

    whole = by_hand()
    whole.fit(X, Y, epochs=6, callbacks=Steering(), **HOW)
    backup = BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        by_hand().fit(X, Y, epochs=6, callbacks=[Steering(3), backup], **HOW)
    resumed = by_hand()
    resumed.fit(X, Y, epochs=6, callbacks=[Steering(), backup], **HOW)
    assert [w.tobytes() for w in resumed.get_weights()] == [w.tobytes() for w in whole.get_weights()]


def test_what_cannot_be_is_said_in_a_sentence(tmp_path):
    with pytest.raises(
        ValueError, match=r"no other argument, as the objective has its own losses .* but got loss and metrics too"
    ):
        model().compile(objective=MeanSquares(model().graph), loss="mse", metrics=["mae"])
    with pytest.raises(
        TypeError, match=r"compile\(objective=\.\.\.\) needs an objective, which has init_state and step"
    ):
        model().compile(objective="mse")
    made = model()
    made.compile(objective=MeanSquares(made.graph), engine="native")
    with pytest.raises(ValueError, match="a model that the native engine knows, but got an objective of your own"):
        made.fit(X, Y, **HOW)
    other = model()
    other.compile(objective=MeanSquares(Sequential([Input((4,)), layers.Dense(1)]).graph))
    with pytest.raises(
        ValueError, match=r"MeanSquares\.weights needs to return the pair \(params, state\) of the model's graph"
    ):
        other.fit(X, Y, **HOW)
    with pytest.raises(
        ValueError, match="trace needs a model compiled with a loss, but got one compiled with an objective"
    ):
        dragonet.inspect.trace(made, X[:2], Y[:2])
    made = by_hand()
    made.fit(X, Y, **HOW)
    with pytest.warns(errors.DragonetWarning, match="The model is saved without the arguments of compile"):
        made.save(tmp_path / "m.keras")
    loaded = models.load_model(tmp_path / "m.keras")
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), made.predict(X, verbose=0))
    assert made.fit(X, Y, **HOW).diagnose() is not None


def test_a_model_may_be_compiled_with_an_objective_and_then_with_a_loss():
    made, optimizer = by_hand(), optimizers.SGD(0.05)
    made.fit(X, Y, **HOW)
    made.training_state.objective.optimizer = optimizer
    made.compile(objective=made.training_state.objective)
    made.fit(X, Y, **HOW)
    made.compile(optimizer, "mse", engine="xla")
    assert made.training_state.steps == 0
    assert made.fit(X, Y, **HOW).history["loss"][0] > 0


def test_a_copy_of_a_model_goes_on_from_its_state_on_its_own():
    made = model()
    made.compile(optimizers.Adam(0.01), "mse")
    made.fit(X, Y, epochs=2, **HOW)
    copied = copy.deepcopy(made)
    assert copied.training_state.model is copied and copied.training_state.steps == made.training_state.steps == 8
    for one in (made, copied):
        one.fit(X, Y, epochs=1, **HOW)
    assert [w.tobytes() for w in copied.get_weights()] == [w.tobytes() for w in made.get_weights()]


# --- nobody else reads a model's private members ----------------------------------------------------------------------

MODELS = {"model", "net", "network", "learner"}  # what a model is called


def private_reads(tree):
    """The private members that are read of something called a model, such as model._x and fit.model._x."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if name.lstrip("_") in MODELS:
                yield f"{name}.{node.attr}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
            owner, attribute = node.args[:2]
            name = getattr(owner, "id", getattr(owner, "attr", ""))
            if name.lstrip("_") in MODELS and str(getattr(attribute, "value", "")).startswith("_"):
                yield f"{name}.{attribute.value}"


def test_private_reads_are_found():
    found = private_reads(
        ast.parse("model._live; fit.model._x; self._model._y; model.public; self._z; getattr(net, '_w', 0)")
    )
    assert sorted(found) == ["_model._y", "model._live", "model._x", "net._w"]


@pytest.mark.parametrize(
    "room", ["training", "inspect", "interop", "callbacks", "engines", "studies", "report", "runs"]
)
def test_a_models_private_members_are_its_own(room):
    for path in (ROOT / room).rglob("*.py"):
        reads = list(private_reads(ast.parse(path.read_text(encoding="utf-8"))))
        assert not reads, f"{path.relative_to(ROOT)} reads {reads}"


@pytest.mark.parametrize(("file", "most"), [("trainer.py", 200), ("compiling.py", 200), ("model.py", 250)])
def test_a_models_files_are_short(file, most):
    assert len((ROOT / "models" / file).read_text(encoding="utf-8").splitlines()) <= most
