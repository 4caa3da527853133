"""Batches from generators, iterables and PyDatasets: trainings end where their data end, and say so."""

import itertools
import signal
import time

import keras
import numpy as np
import pytest

import dragonet
from dragonet import callbacks, layers
from dragonet.core import errors
from dragonet.training.data.stream import Stream

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 4)).astype("float32")
Y = (X[:, :1] * 2).astype("float32")
BATCHES = [(X[first : first + 8], Y[first : first + 8]) for first in range(0, 64, 8)]
RAN_OUT = "Your input ran out of data"


@pytest.fixture(params=["native", "xla"])
def model(request):
    made = dragonet.Sequential([dragonet.Input((4,)), layers.Dense(1)])
    made.compile("sgd", "mse", engine=request.param)
    return made


class Dataset(dragonet.utils.PyDataset):
    """The first `n` batches; told when epochs begin and end."""

    def __init__(self, n):
        super().__init__()
        self.n, self.calls = n, []

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        return BATCHES[index]

    def on_epoch_begin(self):
        self.calls.append("begin")

    def on_epoch_end(self):
        self.calls.append("end")


class Anew:
    """An iterable that may be read again and again."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(BATCHES[: self.n])


def steps_of(model):
    return int(model.optimizer.iterations)


# What is read, the arguments of fit, how many epochs and steps there are, and whether data were missing.
GENERATORS = {
    "a generator for one epoch": (lambda: (batch for batch in BATCHES[:3]), {}, 1, 3, False),
    "a generator for three epochs": (lambda: (batch for batch in BATCHES[:3]), {"epochs": 3}, 1, 3, True),
    "zip": (lambda: zip(X.reshape(8, 8, 4), Y.reshape(8, 8, 1), strict=True), {"epochs": 2}, 1, 8, True),
    "iter": (lambda: iter(BATCHES), {"epochs": 2}, 1, 8, True),
    "map": (lambda: map(tuple, BATCHES), {"epochs": 2}, 1, 8, True),
    "it ends within an epoch": (lambda: iter(BATCHES), {"epochs": 4, "steps_per_epoch": 3}, 3, 8, True),
    "it ends with an epoch": (lambda: iter(BATCHES), {"epochs": 4, "steps_per_epoch": 4}, 2, 8, True),
    "it has just enough": (lambda: iter(BATCHES), {"epochs": 2, "steps_per_epoch": 4}, 2, 8, False),
    "it ends in the first epoch": (lambda: iter(BATCHES), {"epochs": 3, "steps_per_epoch": 99}, 1, 8, True),
    "one that never ends": (lambda: itertools.cycle(BATCHES), {"epochs": 2, "steps_per_epoch": 5}, 2, 10, False),
    "a dataset": (lambda: Dataset(3), {"epochs": 2}, 2, 6, False),
    "a dataset that is too short": (lambda: Dataset(3), {"epochs": 2, "steps_per_epoch": 5}, 2, 6, True),
    "a dataset in part": (lambda: Dataset(5), {"epochs": 2, "steps_per_epoch": 2}, 2, 4, False),
    "an iterable": (lambda: Anew(3), {"epochs": 2}, 2, 6, False),
    "an iterable that is too short": (lambda: Anew(3), {"epochs": 2, "steps_per_epoch": 5}, 2, 6, True),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_fit_ends_where_the_data_end(name, model):
    make, arguments, epochs, steps, missing = GENERATORS[name]
    seen = []
    hooks = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch), on_train_end=seen.append)

    def fit():
        return model.fit(make(), verbose=0, callbacks=hooks, **arguments)

    if missing:
        with pytest.warns(errors.DragonetWarning, match=RAN_OUT) as warned:
            history = fit()
        assert len(warned) == 1
    else:
        history = fit()
    assert history.epoch == list(range(epochs)) and len(history.history["loss"]) == epochs
    assert steps_of(model) == steps and np.isfinite(history.history["loss"]).all()
    assert seen[:-1] == history.epoch and seen[-1]["loss"] == history.history["loss"][-1]
    assert history.stopped == ("out of data" if missing and epochs < arguments["epochs"] else None)


def test_what_was_learned_is_what_the_batches_teach(model):
    before = model.get_weights()
    with pytest.warns(errors.DragonetWarning, match=r"interrupting training after 8 batches.*can be read only once"):
        model.fit(iter(BATCHES), epochs=3, verbose=0)
    learned = model.get_weights()
    model.set_weights(before)
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(learned, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_iterable_that_hands_out_one_generator_loses_no_batch_and_ends(model):
    class Once:
        def __init__(self):
            self.batches = iter(BATCHES[:3])

        def __iter__(self):
            return self.batches

    with pytest.warns(errors.DragonetWarning, match=RAN_OUT):
        history = model.fit(Once(), epochs=3, verbose=0)
    assert history.epoch == [0] and steps_of(model) == 3


# --- validation, evaluate, predict ------------------------------------------------------------------------------------------


def test_a_validation_generator_that_ends_leaves_the_later_epochs_without_validation(model):
    stop = callbacks.EarlyStopping(patience=1)
    with pytest.warns(
        errors.DragonetWarning, match="validation_data ran out of data after 3 batches; there is no validation"
    ) as w:
        history = model.fit(X, Y, epochs=3, verbose=0, validation_data=iter(BATCHES[:3]), callbacks=stop)
    assert len(w) == 1
    assert len(history.history["loss"]) == 3 and len(history.history["val_loss"]) == 1
    assert np.isfinite(history.history["val_loss"]).all()
    assert "loss" in str(history.diagnose())


def test_a_validation_generator_that_is_too_short_is_used_as_far_as_it_goes(model):
    with pytest.warns(errors.DragonetWarning, match=f"{RAN_OUT}: validation_steps is 5, but there were 3 batches"):
        history = model.fit(X, Y, verbose=0, validation_data=iter(BATCHES[:3]), validation_steps=5)
    rows = slice(0, 24)
    np.testing.assert_allclose(history.history["val_loss"], model.evaluate(X[rows], Y[rows], verbose=0), rtol=1e-5)


def test_a_validation_generator_goes_on_where_it_stands(model):
    history = model.fit(X, Y, epochs=2, verbose=0, validation_data=iter(BATCHES), validation_steps=4)
    assert len(history.history["val_loss"]) == 2
    np.testing.assert_allclose(history.history["val_loss"][1], model.evaluate(X[32:], Y[32:], verbose=0), rtol=1e-5)


@pytest.mark.parametrize("make", [lambda: iter(BATCHES[:3]), lambda: Dataset(3), lambda: Anew(3)])
def test_evaluate_and_predict_use_what_there_is_where_more_steps_are_asked_for(make, model):
    with pytest.warns(errors.DragonetWarning, match=f"{RAN_OUT}: steps is 7, but there (are|were) 3 batches"):
        loss = model.evaluate(make(), steps=7, verbose=0)
    assert loss == pytest.approx(model.evaluate(X[:24], Y[:24], verbose=0), rel=1e-5)
    with pytest.warns(errors.DragonetWarning, match=f"{RAN_OUT}: steps is 7, but there were 3 batches"):
        outputs = model.predict(make(), steps=7, verbose=0)
    np.testing.assert_array_equal(outputs, model.predict(X[:24], batch_size=8, verbose=0))
    assert model.evaluate(make(), steps=2, verbose=0) == pytest.approx(
        model.evaluate(X[:16], Y[:16], verbose=0), rel=1e-5
    )
    assert model.predict(make(), steps=2, verbose=0).shape == (16, 1)


def test_predict_takes_so_many_batches_of_an_array(model):
    assert model.predict(X, batch_size=8, steps=3, verbose=0).shape == (24, 1)
    assert model.predict(X, steps=1, verbose=0).shape == (32, 1)
    with pytest.warns(errors.DragonetWarning, match=f"{RAN_OUT}: steps is 3, but there were 2 batches"):
        assert model.predict(X, steps=3, verbose=0).shape == (64, 1)
    with pytest.raises(ValueError, match="predict needs steps to be a whole number of at least 1, but got 0"):
        model.predict(X, steps=0)


NOTHING = {
    "fit": lambda model: model.fit(iter([]), verbose=0),
    "validation_data": lambda model: model.fit(X, Y, validation_data=iter([]), verbose=0),
    "evaluate": lambda model: model.evaluate(iter([]), verbose=0),
    "predict": lambda model: model.predict(iter([]), verbose=0),
}


@pytest.mark.parametrize("who", NOTHING)
def test_no_batch_at_all_is_refused_by_who_asked_for_it(who, model):
    with pytest.raises(
        ValueError, match=f"^{who} needs at least one batch, but got a generator that yields nothing.*only once"
    ):
        NOTHING[who](model)


def test_an_empty_dataset_is_refused(model):
    with pytest.raises(ValueError, match="fit needs at least one batch, but got a Dataset that yields nothing"):
        model.fit(Dataset(0), verbose=0)
    with pytest.raises(ValueError, match="fit needs at least one batch, but got a Anew that yields nothing"):
        model.fit(Anew(0), verbose=0)


@pytest.mark.parametrize("who", ["fit", "validation_data", "evaluate", "predict"])
def test_a_generator_that_may_never_end_gets_a_line_after_a_thousand_batches(who, model):
    small = [(X[:1], Y[:1])] * 1001
    use = {
        "fit": lambda: model.fit(iter(small), verbose=0),
        "validation_data": lambda: model.fit(X, Y, validation_data=iter(small), verbose=0),
        "evaluate": lambda: model.evaluate(iter(small), verbose=0),
        "predict": lambda: model.predict(iter(small), verbose=0),
    }
    steps = {"fit": "steps_per_epoch", "validation_data": "validation_steps"}.get(who, "steps")
    with pytest.warns(errors.DragonetWarning, match=rf"^{who} has read 1,000 batches.* write {steps}=\.\.\."):
        use[who]()


# --- a user's code that fails, and batches that differ --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ZeroDivisionError, ValueError, TypeError, IndexError, StopIteration])
@pytest.mark.parametrize("indexed", [False, True])
def test_an_error_in_the_users_code_comes_after_the_batches_before_it(kind, indexed, model):
    class Broken(Dataset):
        def __getitem__(self, index):
            if index == 3:
                raise kind("the user's own")
            return BATCHES[index]

    def broken():
        yield from BATCHES[:3]
        raise kind("the user's own")

    expected = RuntimeError if kind is StopIteration else kind  # Python's own rule for generators
    with pytest.raises(expected) as raised:
        model.fit(Broken(5) if indexed else broken(), shuffle=False, verbose=0)
    assert "the user's own" in str(raised.value) or expected is RuntimeError
    assert steps_of(model) == 3
    learned = model.get_weights()
    assert all(np.isfinite(w).all() for w in learned)
    model.fit(X, Y, verbose=0)


def test_batches_may_differ_in_size_and_in_having_weights(model):
    ones = [
        (X[:8], Y[:8]),
        (X[8:13], Y[8:13]),
        (X[13:14], Y[13:14], [1.0]),
        (X[14:24], Y[14:24], np.ones(10)),
        BATCHES[3],
    ]
    before = model.get_weights()
    model.fit(iter(ones), verbose=0)
    learned = model.get_weights()
    model.set_weights(before)
    for x, y, *w in ones:
        model.train_on_batch(x, y, *w)
    for a, b in zip(learned, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert steps_of(model) == 10


BAD = {
    "x of another shape": ((X[:8, :3], Y[:8]), ValueError, r"shape \(8, 3\)"),
    "y of another length": ((X[:8], Y[:5]), ValueError, "8 rows and 5 rows"),
    "x alone": (X[:8], (ValueError, TypeError), r"batches \(x, y\)"),
    "one too many": ((X[:8], Y[:8], Y[:8, 0], 1), (ValueError, TypeError), r"batches \(x, y\)"),
    "no rows": ((X[:0], Y[:0]), ValueError, "at least one row"),
    "None": (None, (ValueError, TypeError), r"batches \(x, y\)"),
    "NaN": ((X[:8] * np.nan, Y[:8]), ValueError, "8|32 NaN"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_batch_that_does_not_fit_is_refused_after_those_before_it(name, model):
    batch, kind, said = BAD[name]
    with pytest.raises(kind, match=said):
        model.fit(iter([*BATCHES[:2], batch]), verbose=0)
    assert steps_of(model) == 2


# --- while it runs --------------------------------------------------------------------------------------------------------------


def test_ctrl_c_in_a_generator_ends_fit_with_the_epoch_closed(model):
    def pressed():
        for i, batch in enumerate(itertools.cycle(BATCHES)):
            if i == 40:
                signal.raise_signal(signal.SIGINT)
            yield batch

    with pytest.warns(errors.DragonetWarning, match="interrupted"):
        history = model.fit(pressed(), steps_per_epoch=1000, epochs=3, verbose=0)
    assert history.stopped == "interrupted" and history.epoch == [0] and steps_of(model) < 200
    assert np.isfinite(history.history["loss"]).all()


def test_batches_of_a_slow_generator_are_used_as_they_come(model, monkeypatch):
    monkeypatch.setattr(Stream, "SECONDS", 0.0)
    sizes = []
    joined = Stream._segment
    monkeypatch.setattr(Stream, "_segment", lambda self, batches: sizes.append(len(batches)) or joined(self, batches))
    model.fit(iter(BATCHES), verbose=0)
    assert sizes == [1] * 8 and steps_of(model) == 8


def test_numbers_of_batches_in_one_call_are_powers_of_two_where_time_runs_out(model, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(Stream, "SECONDS", 4.5)
    sizes = []
    joined = Stream._segment
    monkeypatch.setattr(Stream, "_segment", lambda self, batches: sizes.append(len(batches)) or joined(self, batches))
    stream = Stream(iter(BATCHES * 3), lambda batch: {"x": [batch[0]], "y": [batch[1]], "w": [None]}, lambda tree: tree)
    rows = [segment.steps for segment in stream.epoch(0, 0)]
    assert rows == sizes and sum(sizes) == 24 and set(sizes) <= {1, 2, 4, 8}


def test_a_hook_and_a_generator_take_turns(model):
    order = []

    def batches():
        for i, batch in enumerate(BATCHES[:4]):
            order.append(f"made {i}")
            yield batch

    used = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: order.append(f"used {batch}"))
    model.fit(batches(), verbose=0, callbacks=used)
    assert order == [f"{what} {i}" for i in range(4) for what in ("made", "used")]


@pytest.mark.parametrize("base", [dragonet.utils.PyDataset, keras.utils.PyDataset])
def test_num_batches_may_stand_in_for_len_as_in_keras(base, model):
    class Counted(base):
        number = 3

        @property
        def num_batches(self):
            return self.number

        def __getitem__(self, index):
            return BATCHES[index % 8]

    data = Counted()
    assert model.fit(data, epochs=2, verbose=0).epoch == [0, 1] and steps_of(model) == 6
    assert model.predict(data, verbose=0).shape == (24, 1)
    data.number = None
    assert model.fit(data, epochs=2, steps_per_epoch=20, verbose=0).epoch == [0, 1] and steps_of(model) == 46
    assert model.predict(data, steps=20, verbose=0).shape == (160, 1)


def test_a_dataset_that_shrinks_to_nothing_ends_fit(model):
    class Shrinks(Dataset):
        def on_epoch_end(self):
            self.n -= 2

    with pytest.warns(errors.DragonetWarning, match="interrupting training after 6 batches"):
        assert model.fit(Shrinks(4), epochs=5, verbose=0).epoch == [0, 1]


def test_a_dataset_is_told_when_epochs_begin_and_end(model):
    data = Dataset(3)
    model.fit(data, epochs=2, verbose=0)
    assert data.calls == ["begin", "end"] * 2


def test_a_fleet_refuses_what_can_be_read_only_once_and_reads_a_dataset(model):
    fleet = dragonet.Fleet(model, seeds=2)
    with pytest.raises(ValueError, match="Fleet needs data that each member can read, but got a generator"):
        fleet.fit(iter(BATCHES), verbose=0)
    with pytest.raises(ValueError, match="Fleet needs data that each member can read, but got a generator"):
        fleet.fit(X, Y, validation_data=iter(BATCHES), verbose=0)
    history = fleet.fit(Dataset(4), epochs=2, verbose=0)
    assert history.history["loss"].shape == (2, 2) and np.isfinite(history.history["loss"]).all()
    with pytest.raises(ValueError, match="Fleet needs data that each member can read"):
        fleet.evaluate(iter(BATCHES))
    with pytest.raises(ValueError, match="Fleet needs data that each member can read"):
        fleet.predict(iter(BATCHES))
    assert fleet.predict(Dataset(4)).mean.shape == (32, 1)
