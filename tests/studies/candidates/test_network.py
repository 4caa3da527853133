"""The network: the epoch that it keeps, what it does with series, and which data it needs."""

import numpy as np
import pytest
from helpers.splits import PLAIN, fit, split_of

from dragonet import data
from dragonet.studies import candidates, train_ladder

MLP, CNN = candidates.find("mlp"), candidates.find("cnn")


def test_it_keeps_the_epoch_that_is_best_on_the_validation_rows():
    y = np.random.default_rng(6).integers(0, 2, len(PLAIN)).astype(np.int32)  # noise, which it learns by heart
    split = split_of(y, "classes", 2)
    trained = fit(MLP, split, epochs=200)
    losses = trained.history.history["val_loss"]
    assert trained.history.stopped == "callback" and losses[-1] > min(losses) + 1e-3
    kept = trained.model.evaluate(split.x_validation, split.y_validation, verbose=0, return_dict=True)["loss"]
    assert kept == pytest.approx(min(losses))


def test_series_get_convolutions_over_time_on_channels_that_are_scaled_each():
    y = np.arange(60) % 2
    x = np.random.default_rng(0).normal(size=(60, 3, 20)) * np.array([1, 1000, 1e-6])[:, None]
    ladder = train_ladder(data.read((x, y)), seeds=1, epochs=1)
    assert ladder.rungs == ("majority", "linear", "cnn")
    layers = ladder.models["cnn"].layers
    assert "Conv1D" in [type(layer).__name__ for layer in layers]
    scaling = next(layer for layer in layers if type(layer).__name__ == "Normalization")
    assert np.asarray(scaling.mean).size == 3


def test_convolutions_need_numbers_with_neighbours():
    table = data.read((PLAIN, np.arange(240) % 2))
    series = data.read((np.zeros((12, 2, 8)) + np.arange(12)[:, None, None], np.arange(12) % 2))
    assert CNN.needs(table) == "images or series" and CNN.needs(series) is None
    assert MLP.is_usual(table) and not MLP.is_usual(series) and CNN.is_usual(series)
    assert MLP.title == "the network (mlp)"


def test_one_that_is_stopped_by_the_user_is_no_result(monkeypatch):
    split = split_of((PLAIN[:, 0] > 0).astype(np.int32), "classes", 2)

    def interrupt(model):
        def stopped(*_, **__):
            history = type(model).fit(model, *_, **__)
            history.stopped = "interrupted"
            return history

        monkeypatch.setattr(model, "fit", stopped, raising=False)

    with pytest.raises(KeyboardInterrupt):
        fit(MLP, split, epochs=1, watch=interrupt)
