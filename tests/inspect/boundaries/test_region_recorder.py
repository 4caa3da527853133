"""RegionRecorder and regions_over_path: which epochs, the regions of each, and that the training is not changed."""

import numpy as np
import pytest

from dragonet import Sequential, layers
from dragonet.callbacks import EarlyStopping
from dragonet.core import session
from dragonet.datasets import toy
from dragonet.inspect import RegionRecorder, decision_regions, regions_over_path
from dragonet.perceptrons import Hebb, MulticlassPerceptron, Perceptron
from dragonet.training import checkpoint

X, Y = toy.blobs(60, classes=3)


def trained(epochs, *callbacks):
    session.set_seed(0)
    model = Sequential([layers.Dense(3, "softmax", input_shape=(2,))])
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return model, history


def is_same(a, b):
    return (a.index == b.index).all() and np.array_equal(a.probability, b.probability)


def test_each_frame_has_the_regions_of_its_epoch_and_the_training_is_not_changed():
    recorder = RegionRecorder(X, every=2, resolution=10)
    model, history = trained(5, recorder)
    assert [frame.moment for frame in recorder.frames] == ["before training", "epoch 2", "epoch 4", "epoch 5"]
    plain, plain_history = trained(5)
    for weight, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    assert history.history == plain_history.history
    after_two, _ = trained(2)
    assert is_same(recorder.frames[1], decision_regions(after_two, X, resolution=10))
    assert is_same(recorder.frames[-1], decision_regions(model, X, resolution=10))
    assert not is_same(recorder.frames[0], recorder.frames[1])


def test_the_last_epoch_is_recorded_when_training_stops_early():
    recorder = RegionRecorder(X, every=100, resolution=5)
    _, history = trained(50, recorder, EarlyStopping(monitor="loss", min_delta=10, patience=2))
    assert [frame.moment for frame in recorder.frames] == ["before training", f"epoch {len(history.history['loss'])}"]


def test_a_second_fit_adds_frames():
    recorder = RegionRecorder(X, resolution=5)
    model, _ = trained(1, recorder)
    model.fit(X, Y, initial_epoch=1, epochs=2, verbose=0, callbacks=recorder)
    assert [frame.moment for frame in recorder.frames] == ["before training", "epoch 1", "epoch 2"]


def test_the_state_is_restored_from_a_checkpoint(tmp_path):
    recorder = RegionRecorder(X, resolution=5)
    trained(2, recorder)
    checkpoint.write(tmp_path / "a.npz", recorder.state())
    restored = RegionRecorder(X, resolution=5)
    restored.restore(checkpoint.read(tmp_path / "a.npz"))
    assert [frame.moment for frame in restored.frames] == [frame.moment for frame in recorder.frames]
    assert all(is_same(a, b) for a, b in zip(restored.frames, recorder.frames, strict=True))
    np.testing.assert_array_equal(restored.frames[1].lines, recorder.frames[1].lines)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.ones((5, 3)),), r"numbers of two features, x of shape \(n, 2\)"),
        ((X, 0), "every to be a whole number of at least 1, but got 0"),
        ((X, 1, 1), "resolution to be a whole number of at least 2, but got 1"),
    ],
)
def test_mistakes_are_refused_before_training(arguments, message):
    with pytest.raises(ValueError, match=f"RegionRecorder needs {message}"):
        RegionRecorder(*arguments)


@pytest.mark.parametrize("model", [Perceptron(record=True), MulticlassPerceptron(record=True)], ids=["two", "three"])
def test_a_perceptrons_path_has_a_frame_for_each_sweep(model):
    y = Y if isinstance(model, MulticlassPerceptron) else (Y == 0).astype(int)
    model.set_params(max_iter=7, weight_change_lim=0).fit(X, y)
    frames = regions_over_path(model, X, resolution=12)
    assert [frame.moment for frame in frames] == [f"sweep {i}" for i in range(1, 8)]
    now = decision_regions(model, X, resolution=12, margin=0.1)
    np.testing.assert_array_equal(frames[-1].index, now.index)
    np.testing.assert_array_equal(frames[-1].predictions, model.predict(X))
    np.testing.assert_allclose(frames[-1].lines, now.lines)
    early = type(model)(max_iter=3, weight_change_lim=0).fit(X, y)
    np.testing.assert_array_equal(frames[2].index, decision_regions(early, X, resolution=12).index)


def test_a_long_path_has_about_sixty_frames_by_default():
    model = Perceptron(record=True, max_iter=400, weight_change_lim=0).fit(X, Y == 0)
    many = [frame.moment for frame in regions_over_path(model, X, resolution=2)]
    assert 50 <= len(many) <= 70 and many[0] == "sweep 1" and many[-1] == "sweep 400"
    few = [frame.moment for frame in regions_over_path(model, X, every=150, resolution=2)]
    assert few == ["sweep 1", "sweep 151", "sweep 301", "sweep 400"]


@pytest.mark.parametrize("model", [Perceptron(), Perceptron().fit([[0], [1]], [0, 1]), Hebb(record=True).fit(X)])
def test_a_perceptron_without_a_path_is_refused(model):
    with pytest.raises(
        ValueError, match=r"regions_over_path needs a fitted perceptron .*Write Perceptron\(record=True\)"
    ):
        regions_over_path(model, X)
