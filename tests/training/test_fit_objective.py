"""training.fit: any objective is trained, without a model, with callbacks, validation, history, and resumed bit for bit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from helpers.ring_gan import RingGAN, net, ring

from dragonet import optimizers, training
from dragonet.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

X = np.linspace(-1, 1, 20).astype("float32")
Y = 3 * X + 1


def bits(tree):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]


def squared(params, batch, key):
    return jnp.mean((params["w"] * batch["x"] + params["b"] - batch["y"]) ** 2)


def line(optimizer=None):
    return training.from_loss(squared, optimizer or optimizers.SGD(0.1), params={"w": 0.0, "b": 0.0})


class Stopped(Exception):
    """What ends a training as a kill does: nothing after it is run."""


class StopAfter(Callback):
    """Raises after so many steps; None: never."""

    def __init__(self, steps=None):
        self.left = steps

    def state(self):
        return {}

    def on_train_batch_end(self, batch, logs=None):
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Stopped


class Halving(LambdaCallback):
    """Halves one of the two rates after each epoch."""

    def __init__(self, objective):
        def halve(epoch, logs):
            objective.generator_rate /= 2

        super().__init__(on_epoch_end=halve)


# --- two optimizers that alternate ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    objective = RingGAN()
    return training.fit(objective, ring(), epochs=5, batch_size=50, seed=7, verbose=0, callbacks=Halving(objective))


@pytest.mark.parametrize("steps", [4, 17, 24])
def test_two_players_stopped_and_started_again_end_with_the_same_bits(steps, whole, tmp_path):
    def run(*callbacks):
        objective = RingGAN()
        backup = BackupAndRestore(tmp_path, save_freq=3)
        callbacks = [Halving(objective), *callbacks, backup]
        return training.fit(objective, ring(), epochs=5, batch_size=50, seed=7, verbose=0, callbacks=callbacks)

    with pytest.raises(Stopped):
        run(StopAfter(steps))
    assert (tmp_path / "latest.checkpoint").exists()
    state, history = run(StopAfter())
    assert bits(state) == bits(whole[0])
    assert history.history == whole[1].history and history.epoch == [0, 1, 2, 3, 4]


def test_both_players_learn_and_both_rates_are_those_assigned(whole):
    state, history = whole
    assert set(history.history) == {"loss", "generator_loss"}
    assert int(state["g_memory"]["iterations"]) == int(state["d_memory"]["iterations"]) == 5 * 6
    assert float(state["discriminator_rate"]) == pytest.approx(2e-3)
    assert float(state["generator_rate"]) == pytest.approx(2e-3 / 2**4)
    start, _ = training.fit(RingGAN(), ring(), epochs=0, seed=7, verbose=0)
    for player in "gd":
        assert all(a != b for a, b in zip(bits(start[player]), bits(state[player]), strict=True))


def test_the_generator_comes_nearer_to_the_ring_in_400_steps():
    def distance(epochs):
        state, _ = training.fit(RingGAN(), ring(), epochs=epochs, batch_size=64, seed=2, verbose=0)
        points = net(state["g"], jax.random.normal(jax.random.key(5), (2000, 2)))
        return float(np.abs(np.linalg.norm(points, axis=1) - 1).mean())

    assert distance(100) < 0.7 * distance(0)


def test_the_seed_decides_and_nothing_else(whole):
    def again(seed, **how):
        objective = RingGAN()
        how = {"epochs": 5, "batch_size": 50, "verbose": 0, "callbacks": Halving(objective)} | how
        return bits(training.fit(objective, ring(), seed=seed, **how)[0])

    assert again(7) == bits(whole[0]) != again(8)


# --- without a model --------------------------------------------------------------------------------------------------


def test_gradient_descent_is_that_of_numpy():
    state, history = training.fit(line(), {"x": X, "y": Y}, epochs=30, batch_size=20, verbose=0)
    w = b = 0.0
    losses = []
    for _ in range(30):
        error = w * X + b - Y
        losses.append(np.mean(error**2))
        w, b = w - 0.1 * np.mean(2 * error * X), b - 0.1 * np.mean(2 * error)
    np.testing.assert_allclose([state["params"]["w"], state["params"]["b"]], [w, b], rtol=1e-5)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-4)
    assert history.engine == "xla: an objective of your own" and history.stopped is None
    assert history.facts["rows"] == 20 and history.facts["batch_size"] == 20
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(state))


class Rounding(training.Objective):
    """Learns nothing; counts how many numbers are near its constant, as a metric."""

    totals = ("near",)
    metric_names = ("near_share",)

    def init_state(self, key, batch):
        return {"c": jnp.float32(0), "near": {"hits": jnp.float32(0), "rows": jnp.float32(0)}}

    def step(self, state, batch, key):
        state, logs = self.test(state, batch)
        return {**state, "c": state["c"] + 1}, logs

    def test(self, state, batch):
        near = state["near"]
        hits = near["hits"] + jnp.sum(jnp.abs(batch - state["c"]) < 0.5)
        return {**state, "near": {"hits": hits, "rows": near["rows"] + len(batch)}}, {"loss": jnp.mean(batch)}

    def metrics(self, state):
        return {"near_share": state["near"]["hits"] / state["near"]["rows"]}


def test_metrics_and_validation_are_in_the_history():
    data, held_out = np.repeat(np.arange(4.0), 2), np.array([4.0, 4.0, 8.0])
    state, history = training.fit(
        Rounding(), data, epochs=2, batch_size=2, shuffle=False, validation_data=held_out, verbose=0
    )
    assert list(history.history) == ["loss", "near_share", "val_loss", "val_near_share"]
    assert history.history["near_share"] == [1.0, 0.0]  # c goes from 0 to 3, and then from 4 to 7
    np.testing.assert_allclose(history.history["val_near_share"], [2 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(history.history["val_loss"], [16 / 3] * 2, rtol=1e-6)
    assert float(state["c"]) == 8


def test_a_callback_assigns_a_rate_and_nothing_is_compiled_anew():
    traced = []

    def loss(params, batch, key):
        traced.append(1)
        return squared(params, batch, key)

    objective = training.from_loss(loss, optimizers.SGD(0.1), params={"w": 0.0, "b": 0.0})
    rates = []

    def halve(epoch, logs):
        rates.append(objective.optimizer.learning_rate)
        objective.optimizer.learning_rate /= 2

    state, _ = training.fit(
        objective, {"x": X, "y": Y}, epochs=4, batch_size=20, verbose=0, callbacks=LambdaCallback(on_epoch_end=halve)
    )
    assert rates == [0.1, 0.05, 0.025, 0.0125]
    w = b = 0.0
    for rate in rates:
        error = w * X + b - Y
        w, b = w - rate * np.mean(2 * error * X), b - rate * np.mean(2 * error)
    np.testing.assert_allclose([state["params"]["w"], state["params"]["b"]], [w, b], rtol=1e-5)
    before = len(traced)
    training.fit(objective, {"x": X, "y": Y}, epochs=3, batch_size=20, verbose=0)
    assert len(traced) - before <= 3, "the check of shapes traces it, the compiled loop is used again"


def test_callbacks_see_a_session_in_the_place_of_a_model(tmp_path):
    seen = []

    class Seeing(Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((self.model.steps, [w.copy() for w in self.model.get_weights()]))
            self.model.stop_training = epoch == 2

    path = tmp_path / "log.csv"
    state, history = training.fit(
        line(), {"x": X, "y": Y}, epochs=9, batch_size=10, verbose=0, callbacks=[Seeing(), CSVLogger(path)]
    )
    assert history.stopped == "callback" and [steps for steps, _ in seen] == [2, 4, 6]
    assert bits(seen[-1][1]) == bits([state["params"]["b"], state["params"]["w"]])
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4
    needs_model = ModelCheckpoint(tmp_path / "m.keras")
    with pytest.raises(
        AttributeError, match=r"This training has no model, and so no 'save'\. Callbacks that need a model"
    ):
        training.fit(line(), {"x": X, "y": Y}, verbose=0, callbacks=needs_model)


def test_early_stopping_returns_the_best_state_and_plateaus_lower_the_rate():
    """The rate is far too high: the loss grows from the first epoch on."""
    how = {"batch_size": 20, "verbose": 0}
    stop = EarlyStopping("loss", patience=3, restore_best_weights=True)
    data = {"x": X, "y": Y}
    state, history = training.fit(line(optimizers.SGD(2.0)), data, epochs=50, callbacks=stop, **how)
    best, _ = training.fit(line(optimizers.SGD(2.0)), data, epochs=1, **how)
    assert history.stopped == "callback" and len(history.epoch) == 4 and history.facts["kept_epoch"] == 1
    assert bits(state["params"]) == bits(best["params"])
    objective = line(optimizers.SGD(2.0))
    lower = ReduceLROnPlateau("loss", patience=1, factor=0.5)
    history = training.fit(objective, data, epochs=4, callbacks=lower, **how)[1].history
    assert history["learning_rate"][:3] == [2.0, 2.0, 1.0]
    assert objective.optimizer.learning_rate <= 1.0


def test_a_loss_that_is_not_finite_ends_it_with_weights_that_are_numbers():
    with pytest.warns(
        UserWarning, match=r"The loss became NaN or infinite at step \d+ of epoch \d+\. Training stopped"
    ):
        state, history = training.fit(line(optimizers.SGD(1e6)), {"x": X, "y": Y}, epochs=90, batch_size=5, verbose=0)
    assert history.stopped == "not finite" and np.isnan(history.history["loss"][-1])
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state["params"]))
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="The loss became NaN"):
        training.fit(
            line(optimizers.SGD(1e6)),
            {"x": X, "y": Y},
            epochs=90,
            verbose=0,
            callbacks=TerminateOnNaN(raise_error=True),
        )


def test_an_own_step_need_not_guard_against_bad_losses():
    class Falling(training.Objective):
        def init_state(self, key, batch):
            return {"c": 3.0}

        def step(self, state, batch, key):
            return {"c": state["c"] - 1}, {"loss": jnp.log(state["c"])}

    with pytest.warns(UserWarning, match="at step 4 of epoch 1"):
        state, _ = training.fit(Falling(), np.zeros(8), batch_size=1, verbose=0)
    assert float(state["c"]) == 0, "the step from 0, whose loss is log 0, leaves no trace"


def test_batches_may_come_from_a_generator():
    def batches():
        for start in range(0, 20, 5):
            yield {"x": X[start : start + 5], "y": Y[start : start + 5]}

    class Again:
        def __iter__(self):
            return batches()

    streamed, history = training.fit(line(), Again(), epochs=3, verbose=0)
    rows, _ = training.fit(line(), {"x": X, "y": Y}, epochs=3, batch_size=5, shuffle=False, verbose=0)
    np.testing.assert_allclose(bits_of_line(streamed), bits_of_line(rows), rtol=1e-6)
    assert len(history.history["loss"]) == 3
    with pytest.warns(UserWarning, match="ran out of data"):
        assert training.fit(line(), batches(), epochs=3, verbose=0)[1].stopped == "out of data"


def bits_of_line(state):
    return [float(state["params"][name]) for name in "wb"]


def test_an_epoch_has_its_line(capsys):
    training.fit(line(), {"x": X, "y": Y}, epochs=2, batch_size=10, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert [text.split(" - ")[:2] for text in lines] == [["Epoch 1/2", "2/2"], ["Epoch 2/2", "2/2"]]
