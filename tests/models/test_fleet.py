"""A Fleet: members as if trained alone, scores with their spread, bands in the curves."""

import numpy as np
import pytest

import dragonet as dn
from dragonet import plots
from dragonet.models.fleet import FleetHistory
from dragonet.training.history import History

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 6)).astype("f4")
Y = (X[:, 0] + 0.3 * X[:, 1] > 0).astype("i4")


def made(engine="auto", rate=0.1):
    layers = [dn.layers.Input((6,)), dn.layers.Dense(20, activation="relu"), dn.layers.Dropout(rate)]
    model = dn.Sequential([*layers, dn.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine=engine)
    return model


@pytest.mark.parametrize("engine", ["native", "xla"])
def test_members_are_bit_for_bit_what_they_are_alone(engine):
    fleet = dn.Fleet(made(engine), seeds=[4, 0, 9])
    fleet.fit(X, Y, epochs=3, batch_size=25, validation_split=0.2, verbose=0)
    for seed, member in zip(fleet.seeds, fleet.members, strict=True):
        dn.utils.set_random_seed(seed)
        alone = made(engine)
        alone.fit(X, Y, epochs=3, batch_size=25, validation_split=0.2, verbose=0)
        for a, b in zip(alone.get_weights(), member.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(fleet.members[0].get_weights()[0], fleet.members[1].get_weights()[0])


def test_the_session_and_the_model_stay_as_they_were():
    dn.utils.set_random_seed(5)
    model = made()
    before = model.get_weights()
    fleet = dn.Fleet(model, seeds=2)
    fleet.fit(X, Y, verbose=0)
    after = made()
    dn.utils.set_random_seed(5)
    made()
    again = made()
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(after.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_scores_say_how_sure_they_are():
    fleet = dn.Fleet(made, seeds=4)
    history = fleet.fit(X, Y, epochs=2, verbose=0)
    assert history.history["loss"].shape == (4, 2)
    assert history.stopped == [None] * 4
    scores = fleet.evaluate(X, Y)
    each = [member.evaluate(X, Y, verbose=0, return_dict=True)["accuracy"] for member in fleet.members]
    score = scores["accuracy"]
    np.testing.assert_allclose(score.each, each)
    assert score.mean == pytest.approx(np.mean(each))
    assert score.sd == pytest.approx(np.std(each, ddof=1))
    # Student's t for 3 degrees of freedom: 3.182
    assert score.high - score.mean == pytest.approx(3.182 * score.sd / 2, rel=1e-3)


def test_an_ensemble_says_how_far_its_members_disagree():
    fleet = dn.Fleet(made(), seeds=3)
    fleet.fit(X, Y, verbose=0)
    mean, sd = fleet.predict(X[:7])
    each = np.stack([member.predict(X[:7], verbose=0) for member in fleet.members])
    np.testing.assert_allclose(mean, each.mean(0), atol=1e-6)
    np.testing.assert_allclose(sd, each.std(0), atol=1e-6)


def test_a_member_whose_loss_breaks_stops_alone():
    x, y = X.copy(), X[:, :1].copy()

    def model():
        net = dn.Sequential([dn.layers.Input((6,)), dn.layers.Dense(1)])
        broken = dn.core.session.seed() == 1
        net.compile(dn.optimizers.SGD(1e30 if broken else 0.01), "mse")
        return net

    with pytest.warns(dn.DragonetWarning, match="NaN or infinite"):
        history = dn.Fleet(model, seeds=3).fit(x, y, epochs=4, verbose=0)
    assert history.stopped == [None, "not finite", None]
    assert np.isnan(history.history["loss"][1, -1])
    assert np.isfinite(history.history["loss"][[0, 2]]).all()


def test_early_stopping_is_each_members_own():
    stop = dn.callbacks.EarlyStopping(monitor="loss", min_delta=10.0, patience=1)
    history = dn.Fleet(made(), seeds=2).fit(X, Y, epochs=6, callbacks=[stop], verbose=0)
    assert history.stopped == ["callback", "callback"]
    assert len(history.epoch) < 6


def test_curves_have_bands():
    history = dn.Fleet(made(), seeds=3).fit(X, Y, epochs=3, validation_split=0.2, verbose=0)
    figure = plots.learning_curves(history)
    panel = figure.axes[0]
    assert len(panel.collections) == 2  # a band for training, one for validation
    np.testing.assert_allclose(panel.lines[0].get_ydata(), history.history["accuracy"].mean(0))


def test_a_mean_is_of_all_members_after_some_have_stopped():
    one, other = History(), History()
    for epoch in range(4):
        one.append(epoch, {"loss": 4.0 - epoch} | ({"val_loss": 2.0} if epoch % 2 else {}))
    for epoch in range(2):
        other.append(epoch, {"loss": 9.0 - epoch} | ({"val_loss": 5.0} if epoch % 2 else {}))
    history = FleetHistory([one, other])
    assert np.isnan(history.history["loss"][1, 2:]).all() and history.history["val_loss"].shape == (2, 2)
    assert "mean loss=4.5000, val_loss=3.5000" in repr(history)
    lines = plots.learning_curves(history, validation_freq=2).axes[0].lines
    assert lines[0].get_ydata().tolist() == [6.5, 5.5, 5.0, 4.5] and lines[1].get_ydata().tolist() == [3.5, 3.5]


def test_mistakes():
    with pytest.raises(ValueError, match="Fleet needs seeds to be a whole number of at least 1, but got 0"):
        dn.Fleet(made(), seeds=0)
    with pytest.raises(ValueError, match="Fleet needs a compiled model"):
        dn.Fleet(dn.Sequential([dn.layers.Dense(1)]))
    with pytest.raises(ValueError, match="at least one seed"):
        dn.Fleet(made(), seeds=[])
