"""Pictures of decoding and encoding: what is drawn where, and what they refuse."""

import numpy as np
import pytest

from dragonet import plots
from dragonet.inspect import Decoding, Encoding

RNG = np.random.default_rng(0)
TIMES = np.arange(6) / 10
NULL = RNG.uniform(0.4, 0.6, size=(40, 6))
DECODING = Decoding(TIMES, np.array([0.5, 0.45, 0.7, 0.5, 0.9, 0.8]), NULL, ("left", "right"), 80)
ENCODING = Encoding(
    np.array([0.0, 0.4, 0.05]),
    RNG.uniform(-0.1, 0.1, size=(40, 3)),
    RNG.normal(size=(9, 4, 3)),
    np.arange(-1, 3),
    1.0,
    tuple("abcdefghi"),
    ("Fz", "Cz", "Pz"),
    rate=100.0,
)


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_decoding_shows_curve_threshold_onset_and_what_is_better():
    (ax,) = plots.decode_over_time(DECODING).axes
    assert (lines(ax)["accuracy"].get_ydata() == DECODING.accuracy).all()
    assert set(lines(ax)["chance is below, 95 % over all times"].get_ydata()) == {DECODING.threshold}
    assert ax.texts[0].get_text() == "first: 0.2 s" and ax.texts[0].xy[0] == 0.2
    marked = [line.get_xdata().mean() for line in ax.get_lines() if line.get_linewidth() == 4]
    np.testing.assert_allclose(marked, [0.2, 0.4, 0.5])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (DECODING.band[0].min(), DECODING.band[1].max())


def test_decoding_of_noise_and_of_a_single_time_has_no_onset():
    noise = Decoding(np.arange(6), NULL[0], NULL, (0, 1), 80, unit="")
    (ax,) = plots.decode_over_time(noise).axes
    assert not ax.texts and ax.get_xlabel() == "time point"
    single = Decoding(np.array([3]), NULL[0, :1], NULL[:, :1], (0, 1), 80, unit="")
    assert plots.decode_over_time(single)._repr_png_()


def test_encoding_shows_the_best_channel_or_the_one_that_is_named():
    left, right = plots.encode(ENCODING).axes
    assert left.get_title(loc="left") == "1 of 3 channels is better than chance"
    assert lines(left)["better than chance"].get_xdata().tolist() == [1]
    assert lines(left)["not better"].get_ydata().tolist() == [0.0, 0.05]
    np.testing.assert_allclose([bar.get_height() for bar in left.patches], np.diff(ENCODING.band, axis=0)[0])
    assert right.get_title(loc="left") == "Kernels of Cz, 6 of 9 features"
    largest = np.argsort(-np.abs(ENCODING.kernels[:, :, 1]).max(axis=1))[:6]
    assert {name for name in lines(right) if len(name) == 1} == {"abcdefghi"[i] for i in largest}
    for channel in ("Pz", 2):
        right = plots.encode(ENCODING, channel).axes[1]
        assert (
            right.get_title(loc="left").startswith("Kernels of Pz") and right.get_xlabel() == "lag of the response [s]"
        )
        drawn = next(line for line in right.get_lines() if len(line.get_label()) == 1)
        np.testing.assert_allclose(drawn.get_xdata(), [-0.01, 0, 0.01, 0.02])
        np.testing.assert_allclose(drawn.get_ydata(), ENCODING.kernels["abcdefghi".index(drawn.get_label()), :, 2])


@pytest.mark.parametrize(
    ("draw", "args", "message"),
    [
        (
            plots.decode_over_time,
            ([0.5, 0.6],),
            r"what inspect.decode_over_time returns, but got \[0.5, 0.6\]. Write plots.decode",
        ),
        (plots.encode, ([0.5],), r"what inspect.encode returns, but got \[0.5\]. Write plots.encode\(inspect.encode"),
        (plots.encode, (ENCODING, "cz"), "There is no channel 'cz'. Did you mean 'Cz'"),
        (plots.encode, (ENCODING, 3), "a channel below 3, but got 3"),
        (plots.encode, (ENCODING, -1), "channel to be a whole number of at least 0, but got -1"),
    ],
)
def test_mistakes_are_refused(draw, args, message):
    with pytest.raises((TypeError, ValueError), match=message):
        draw(*args)
