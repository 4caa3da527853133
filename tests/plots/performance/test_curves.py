"""learning_curves: which numbers are drawn over which epochs, and what it refuses."""

from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

from dragonet import plots

HISTORY = {"loss": [3.0, 2.0, 1.0], "accuracy": [0.5, 0.7, 0.8], "val_loss": [3.0, 2.5, 2.4], "val_accuracy": [0.5] * 3}


def test_each_metric_has_a_panel_with_training_beside_validation():
    loss, accuracy = plots.learning_curves(SimpleNamespace(history=HISTORY)).axes
    for ax, name in ((loss, "loss"), (accuracy, "accuracy")):
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", name)
        training, validation = ax.get_lines()
        assert training.get_xdata().tolist() == validation.get_xdata().tolist() == [1, 2, 3]
        assert training.get_ydata().tolist() == HISTORY[name]
        assert validation.get_ydata().tolist() == HISTORY[f"val_{name}"]
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
        assert training.get_linestyle() != validation.get_linestyle()
        assert training.get_color() != validation.get_color()


def test_without_validation_there_is_one_line_and_no_legend():
    (ax,) = plots.learning_curves({"loss": [2.0, 1.0]}).axes
    assert len(ax.get_lines()) == 1 and ax.get_legend() is None


def test_validation_every_second_epoch_is_drawn_where_it_was_measured():
    history = {"loss": [5.0, 4.0, 3.0, 2.0, 1.0], "val_loss": [4.0, 2.0]}
    (ax,) = plots.learning_curves(history, validation_freq=2).axes
    assert ax.get_lines()[1].get_xdata().tolist() == [2, 4]
    with pytest.raises(ValueError, match=r"validation_freq to be .* for 2 values in 5 epochs, but got 1"):
        plots.learning_curves(history)


def test_one_epoch_is_a_dot_and_ticks_are_whole_epochs():
    (ax,) = plots.learning_curves({"loss": [2.0]}).axes
    assert ax.get_lines()[0].get_marker() == "o"
    ax.figure.draw_without_rendering()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_many_metrics_stay_within_a_page():
    figure = plots.learning_curves({f"m{i}": [1.0] for i in range(5)})
    assert len(figure.axes) == 5
    assert figure.get_size_inches().tolist() == [12, 6]


def test_several_axes_take_several_panels():
    panels = Figure().subplots(1, 2)
    assert plots.learning_curves(HISTORY, ax=panels) is panels
    assert [ax.get_ylabel() for ax in panels] == ["loss", "accuracy"]


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        (({},), {}, r"a history with at least one epoch, but got an empty one\. Call fit first\."),
        (({"loss": []},), {}, "a history with at least one epoch"),
        ((HISTORY, "acuracy"), {}, "There is no metric in this history, 'acuracy'. Did you mean 'accuracy'?"),
        ((HISTORY,), {"ax": Figure().subplots()}, "one axes for each panel, but got 1 for loss, accuracy"),
    ],
)
def test_what_holds_no_curves_gets_a_sentence(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        plots.learning_curves(*arguments, **options)


def test_a_training_that_ended_keeps_its_last_value_in_the_mean():
    nan = float("nan")
    history = {"loss": [[4.0, 2.0, 1.0], [9.0, 6.0, nan]], "val_loss": [[4.0, 4.0, 4.0], [8.0, 6.0, nan]]}
    (ax,) = plots.learning_curves(history).axes
    training, validation = ax.get_lines()
    assert training.get_ydata().tolist() == [6.5, 4.0, 3.5]
    assert validation.get_ydata().tolist() == [6.0, 5.0, 5.0]
    assert ax.get_xlabel() == "epoch (trainings that ended keep their last value)"
    (band, _) = ax.collections
    assert band.get_paths()[0].get_extents().ymin == 1.0  # 3.5 ± 2.5 at the end
    (even,) = plots.learning_curves({"loss": [[2.0, 1.0], [3.0, 2.0]]}).axes
    assert even.get_xlabel() == "epoch"


def test_a_training_that_went_astray_keeps_its_last_number():
    history = {"loss": [[1.0, 1.0, 1.0], [3.0, float("inf"), float("nan")], [float("nan")] * 3]}
    (ax,) = plots.learning_curves(history).axes
    assert ax.get_lines()[0].get_ydata().tolist() == [2.0, 2.0, 2.0]
