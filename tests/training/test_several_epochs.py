"""Short epochs run several to a call of the engine, and nobody can tell: same bits, same history, same callbacks, same end."""

import csv
import itertools

import numpy as np
import pytest

import dragonet as dn
from dragonet.callbacks import Callback, CSVLogger, LambdaCallback
from dragonet.training.data import sources
from dragonet.training.data.epoch_order import SpanTuner, epoch_order
from dragonet.training.fitting import spans

layers = dn.layers
ROWS = 70  # in batches of 16: four whole ones and one of 6


def data(rows=ROWS):
    dice = np.random.default_rng(3)
    x = dice.normal(size=(rows, 5)).astype(np.float32)
    return x, (x[:, 0] + 0.3 * dice.normal(size=rows) > 0).astype(np.int32)


def model(engine="native", metrics=("accuracy",), **how):
    dn.utils.set_random_seed(7)
    made = dn.Sequential(
        [
            layers.Input((5,)),
            layers.Dense(20, activation="relu", **how),
            layers.Dropout(0.2),
            layers.Dense(2, activation="softmax"),
        ]
    )
    made.compile("adam", "sparse_categorical_crossentropy", metrics=list(metrics), engine=engine)
    return made


def weights_of(one):
    return [np.asarray(w) for w in one.get_weights()]


def same(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


@pytest.fixture
def calls(monkeypatch):
    """How many epochs each span held that held whole ones."""
    counts, whole_epochs = [], spans.whole_epochs

    def counted(fit):
        span = whole_epochs(fit)
        counts.extend([] if span is None else [span.epochs])
        return span

    monkeypatch.setattr(spans, "whole_epochs", counted)
    return counts


@pytest.fixture
def one_by_one(monkeypatch):
    """Trains as if the engine had no such span."""

    def fit(made, *arguments, **how):
        with monkeypatch.context() as patch:
            patch.setattr(spans, "whole_epochs", lambda fit: None)
            return made.fit(*arguments, **how)

    return fit


@pytest.mark.parametrize(
    "how",
    [
        {"batch_size": 16},
        {"batch_size": 1},
        {"batch_size": 200},
        {"batch_size": 16, "shuffle": False},
        {"batch_size": 16, "steps_per_epoch": 3},
        {"batch_size": 16, "class_weight": {0: 1.0, 1: 3.0}},
        {"batch_size": 16, "initial_epoch": 11},
    ],
    ids=str,
)
def test_the_same_bits_and_the_same_history_as_epoch_by_epoch(how, calls, one_by_one):
    at_once, alone = model(), model()
    a = at_once.fit(*data(), epochs=40, verbose=0, **how)
    assert max(calls) > 1 and sum(calls) < 40
    b = one_by_one(alone, *data(), epochs=40, verbose=0, **how)
    assert same(weights_of(at_once), weights_of(alone))
    assert a.history == b.history and a.epoch == b.epoch and len(a.epoch) == 40 - how.get("initial_epoch", 0)
    assert at_once.optimizer.iterations == alone.optimizer.iterations
    at_once.fit(
        *data(), epochs=3, verbose=0, **how | {"initial_epoch": 0}
    )  # and the optimizer goes on from the same slots
    one_by_one(alone, *data(), epochs=3, verbose=0, **how | {"initial_epoch": 0})
    assert same(weights_of(at_once), weights_of(alone))


def test_a_second_fit_knows_from_its_first_epoch_on_how_many_fit_into_a_call(calls, monkeypatch):
    made = model()
    made.fit(*data(), batch_size=16, epochs=1, verbose=0)
    monkeypatch.setattr(SpanTuner, "record", lambda *_: None)  # as long as nobody measures, as many as these
    made.training_state.span_lengths[16].steps = 1000
    made.fit(*data(), batch_size=16, epochs=12, verbose=0)
    assert calls == [12]
    x, y = data()
    made.fit(x.astype(np.int32), y, batch_size=16, epochs=12, verbose=0)
    assert calls == [12, 11], "for data of another kind the code is made with the first epoch"


def test_metrics_that_need_predictions_regularizers_and_schedules_are_counted_epoch_by_epoch(calls, one_by_one):
    def made():
        one = model(
            metrics=("accuracy", dn.metrics.SparseTopKCategoricalAccuracy(k=1, name="top")), kernel_regularizer="l2"
        )
        rate = dn.optimizers.schedules.ExponentialDecay(0.01, 20, 0.9)
        one.compile(dn.optimizers.Adam(rate), one.loss, metrics=one.compile_arguments()["metrics"], engine="native")
        return one

    at_once, alone = made(), made()
    a = at_once.fit(*data(), batch_size=16, epochs=30, verbose=0).history
    assert max(calls) > 1
    b = one_by_one(alone, *data(), batch_size=16, epochs=30, verbose=0).history
    assert a == b and a["top"] == a["accuracy"] and same(weights_of(at_once), weights_of(alone))


def test_validation_sees_the_weights_of_its_epoch(calls, one_by_one):
    x, y = data(100)
    how = {"validation_split": 0.3, "validation_freq": 5, "batch_size": 16, "epochs": 33, "verbose": 0}
    at_once, alone = model(), model()
    a = at_once.fit(x, y, **how)
    assert max(calls) == 5
    b = one_by_one(alone, x, y, **how)
    assert a.history == b.history and len(a.history["val_loss"]) == 6


class Watching(Callback):
    """Notes the weights at each epoch's beginning and end."""

    def __init__(self):
        self.seen = []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append((epoch, "begin", weights_of(self.model)[0].copy()))

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, "end", weights_of(self.model)[0].copy()))


def test_who_looks_at_the_model_sees_every_epoch(calls):
    watching = Watching()
    model().fit(*data(), batch_size=16, epochs=12, verbose=0, callbacks=[watching])
    assert set(calls) == {1}, "an epoch may be one span, not more"
    assert [one[:2] for one in watching.seen] == [(i, when) for i in range(12) for when in ("begin", "end")]
    ends = [w for _, when, w in watching.seen if when == "end"]
    begins = [w for _, when, w in watching.seen if when == "begin"]
    assert all(np.array_equal(a, b) for a, b in zip(ends, begins[1:], strict=False))
    assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(ends))


def test_a_callback_ends_the_training_after_its_epoch():
    made = model()
    stop = LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(made, "stop_training", epoch == 6))
    history = made.fit(*data(), batch_size=16, epochs=40, verbose=0, callbacks=[stop])
    assert history.epoch == list(range(7)) and history.stopped == "callback"


def test_a_callback_that_stops_at_an_epochs_beginning_leaves_it_one_step():
    made = model()
    stop = LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(made, "stop_training", epoch == 6))
    history = made.fit(*data(), batch_size=16, epochs=40, verbose=0, callbacks=[stop])
    assert history.epoch == list(range(7)) and made.optimizer.iterations == 6 * 5 + 1


def test_a_log_of_epochs_does_not_hold_them_up(calls, tmp_path):
    path = tmp_path / "log.csv"
    history = model().fit(*data(), batch_size=16, epochs=25, verbose=0, callbacks=[CSVLogger(path)])
    assert max(calls) > 1
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == list(range(25))
    assert [float(row["loss"]) for row in rows] == pytest.approx(history.history["loss"])


def test_each_epoch_has_its_line(capsys, calls):
    model().fit(*data(), batch_size=16, epochs=25, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert max(calls) > 1 and [line.split(" - ")[:2] for line in lines] == [
        [f"Epoch {i}/25", "5/5"] for i in range(1, 26)
    ]


def test_batches_that_somebody_hears_are_not_skipped(calls):
    heard = []
    listening = LambdaCallback(on_train_batch_end=lambda batch, logs: heard.append(batch))
    model().fit(*data(), batch_size=16, epochs=9, verbose=0, callbacks=[listening])
    assert calls == [] and heard == [0, 1, 2, 3, 4] * 9


def test_an_infinite_loss_in_the_middle_ends_it_there(calls, one_by_one):
    """The rate grows until a step breaks; the same epoch and step are named either way, and what was whole is in the history."""

    def trained(fit):
        dn.utils.set_random_seed(7)
        made = dn.Sequential([layers.Input((5,)), layers.Dense(20), layers.Dense(1)])
        made.compile(dn.optimizers.SGD(dn.optimizers.schedules.ExponentialDecay(1e-3, 20, 2.0)), "mse", engine="native")
        with pytest.warns(UserWarning, match="The loss became NaN or infinite at step") as told:
            history = fit(made, *data(), batch_size=16, epochs=200, verbose=0)
        return history, [str(one.message).split(". ")[0] for one in told], weights_of(made)

    history, told, weights = trained(lambda made, *a, **k: made.fit(*a, **k))
    other, said, others = trained(one_by_one)
    assert history.facts["not_finite"] == other.facts["not_finite"] and told == said
    assert (
        max(calls) > 1
        and history.stopped == "not finite"
        and history.history == other.history
        and len(history.epoch) >= 2
    )
    assert all(np.isfinite(w).all() for w in weights) and same(weights, others)


def test_the_orders_of_epochs_run_at_once_do_not_fill_the_memory(calls, monkeypatch):
    monkeypatch.setattr(spans, "MOST_ROWS", 3 * ROWS)
    model().fit(*data(), batch_size=16, epochs=20, verbose=0)
    assert max(calls) == 3
    monkeypatch.setattr(spans, "MOST_ROWS", 1)
    model().fit(*data(), batch_size=16, epochs=5, verbose=0)
    assert calls[-1] == 1


@pytest.mark.parametrize("rows", [7, 40_000])
def test_orders_made_by_two_threads_are_those_of_one(rows):
    held = sources.Rows({"x": [np.zeros((rows, 1), np.float32)]}, 16, lambda arrays: arrays)
    orders = held.orders(3, 50, 3)
    for epoch, order in enumerate(orders):
        np.testing.assert_array_equal(order, epoch_order(3, 50 + epoch * held.steps, rows))
        assert sorted(order) == list(range(rows))


def test_xla_goes_epoch_by_epoch(calls):
    model("xla").fit(*data(), batch_size=16, epochs=5, verbose=0)
    assert calls == []
