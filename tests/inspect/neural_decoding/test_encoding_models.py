"""encode: known kernels are recovered, scikit-learn's ridge agrees, slow noise is not significant, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from dragonet import inspect

KERNEL = np.exp(-(((np.arange(20) - 7) / 3) ** 2))


def slow_noise(rng, n, channels, length=8):
    """Noise whose neighbouring samples are correlated."""
    noise = np.apply_along_axis(np.convolve, 0, rng.normal(size=(n + length, channels)), np.ones(length), "valid")[:n]
    return noise / np.sqrt(length)


def recording(n=1500, seed=0):
    """Two features; channel 1 depends on the first, channel 3 on minus the second, the others are noise."""
    rng = np.random.default_rng(seed)
    s, r = slow_noise(rng, n, 2, 3), slow_noise(rng, n, 5)
    r[:, 1] += 0.5 * np.convolve(s[:, 0], KERNEL)[:n]
    r[:, 3] -= 0.5 * np.convolve(s[:, 1], KERNEL)[:n]
    return s, r


@pytest.fixture(scope="module")
def result():
    return inspect.encode(*recording(), range(-3, 20), rate=100.0, shifts=39)


def test_the_dependent_channels_and_their_kernels_are_recovered(result):
    assert result.above.tolist() == [False, True, False, True, False]
    assert result.r[[1, 3]].min() > 0.5 and (result.p <= 0.05).tolist() == result.above.tolist()
    for feature, channel, sign in ((0, 1, 0.5), (1, 3, -0.5)):
        kernel = result.kernels[feature, 3:, channel]
        assert np.corrcoef(kernel, sign * KERNEL)[0, 1] > 0.95
        assert 0.7 < kernel @ KERNEL / (KERNEL @ KERNEL) / sign < 1.05  # its size too, up to the penalty
        assert np.abs(result.kernels[feature, :3, channel]).max() < 0.2  # the future has no effect
    assert str(result).startswith(
        "2 of 5 channels are predicted from the stimulus better than chance (best correlation 0."
    )
    assert f"chance below {result.threshold:.2f} at 95 %, corrected for 5 channels)." in str(result)


def by_scikit_learn(s, r, lags, folds, alphas):
    """Correlations, kernels and the penalty, from rows instead of sums of rows."""
    first, span = max(lags), max(lags) - min(lags)
    z = (s - s.mean(axis=0)) / s.std(axis=0)
    x = np.stack([z[first - lag : len(s) - lag] for lag in lags], axis=2).reshape(len(s) - first, -1)
    size = (len(x) - (folds - 1) * span) // folds
    parts = [slice(i * (size + span), i * (size + span) + size) for i in range(folds)]
    blocks = [(x[part] - x[part].mean(axis=0), r[first:][part] - r[first:][part].mean(axis=0)) for part in parts]

    def fitted(training, alpha):
        rows = [np.concatenate(parts) for parts in zip(*(blocks[i] for i in training), strict=True)]
        return Ridge(alpha * len(rows[0]), fit_intercept=False).fit(*rows)

    def scores(training, alpha, i):
        predicted = fitted(training, alpha).predict(blocks[i][0])
        return [np.corrcoef(*pair)[0, 1] for pair in zip(predicted.T, blocks[i][1].T, strict=True)]

    def best(training):
        def mean_score(alpha):
            return np.mean([scores([k for k in training if k != i], alpha, i) for i in training])

        return max(alphas, key=mean_score)

    others = [[k for k in range(folds) if k != i] for i in range(folds)]
    correlations = [scores(training, best(training), i) for i, training in enumerate(others)]
    alpha = best(range(folds))
    kernels = fitted(range(folds), alpha).coef_.T.reshape(s.shape[1], len(lags), -1) / s.std(axis=0)[:, None, None]
    return np.mean(correlations, axis=0), kernels, alpha, {best(training) for training in others}


@pytest.mark.parametrize("alphas", [(0.1,), (0.01, 0.3, 10.0)])
def test_correlations_penalty_and_kernels_equal_those_of_scikit_learns_ridge(alphas):
    s, r = recording(300)
    r += 2 * slow_noise(np.random.default_rng(5), 300, 5)  # so weak that the blocks do not agree on a penalty
    result = inspect.encode(s, r, range(4), alphas=alphas, folds=4, shifts=19)
    correlations, kernels, alpha, chosen = by_scikit_learn(s, r, range(4), 4, alphas)
    np.testing.assert_allclose(result.r, correlations, atol=1e-10)
    np.testing.assert_allclose(result.kernels, kernels, atol=1e-10)
    assert result.alpha == alpha and len(chosen) == len(alphas)


@pytest.mark.parametrize("seed", range(3))
def test_slow_noise_is_not_significant_although_it_exceeds_shuffled_samples(seed):
    rng = np.random.default_rng(seed)
    s, r = slow_noise(rng, 800, 1, 40), slow_noise(rng, 800, 6, 40)
    result = inspect.encode(s, r, range(10), shifts=39, seed=seed)
    assert not result.above.any() and str(result).startswith("None of 6 channels is predicted")
    naive = [inspect.encode(s, rng.permutation(r), range(10), shifts=19).r.max() for _ in range(3)]
    assert result.threshold > 2 * max(naive)


def test_tables_give_names_and_a_single_feature_and_channel_are_allowed():
    s, r = recording(600)
    result = inspect.encode(
        pd.DataFrame(s, columns=["loudness", "pitch"]),
        pd.DataFrame(r, columns=["Fz", "Cz", "Pz", "Oz", "T7"]),
        [7],
        shifts=19,
    )
    assert (result.features, result.channels[1]) == (("loudness", "pitch"), "Cz") and "in Cz, " in str(result).replace(
        "Oz", "Cz"
    )
    single = inspect.encode(s[:, 0], r[:, 1], [9, 7, 5], shifts=19)
    assert single.kernels.shape == (1, 3, 1) and single.lags.tolist() == [5, 7, 9]
    assert str(single).startswith("The channel is predicted from the stimulus") and "corrected for 1 channel)" in str(
        single
    )


def test_a_constant_channel_is_not_predicted_and_does_not_change_the_others():
    s, r = recording(600)
    with_constant = np.concatenate([r, np.full((600, 1), 0.1)], axis=1)
    plain, other = (inspect.encode(s, y, range(9), alphas=[0.1], shifts=19) for y in (r, with_constant))
    assert other.r[5] == 0 and not other.above[5] and (other.null[:, 5] == 0).all()
    np.testing.assert_allclose(other.r[:5], plain.r, rtol=1e-12)


def test_scale_and_offset_of_the_stimulus_only_scale_the_kernels():
    s, r = recording(600)
    plain, other = inspect.encode(s, r, range(9), shifts=19), inspect.encode(5 + 100 * s, r, range(9), shifts=19)
    np.testing.assert_allclose(other.r, plain.r, rtol=1e-9)
    np.testing.assert_allclose(100 * other.kernels, plain.kernels, rtol=1e-6, atol=1e-12)


def test_the_same_seed_gives_the_same_result():
    s, r = recording(400)
    first, same, other = (inspect.encode(s, r, range(5), shifts=19, seed=seed) for seed in (0, 0, 1))
    assert (first.null == same.null).all() and (first.null != other.null).any() and (first.r == other.r).all()


S, R = recording(200)
HOLE = np.where(np.arange(200) == 3, np.nan, S[:, 0])


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda e: e(S[:-1], R, [0]),
            "a stimulus for each sample of the responses, but got 199 and 200 samples. Resample both",
        ),
        (lambda e: e(S, R, [0.1]), r"whole numbers of samples, but got \[0.1\]. For 0 to 0.4 s .* range\(0, 41\)"),
        (lambda e: e(S, R, [1, 1]), r"lags that are different whole numbers of samples, but got \[1, 1\]"),
        (
            lambda e: e(S, R, range(20)),
            "blocks of at least 38 samples, twice the span of the lags, but got 200 samples for fol",
        ),
        (lambda e: e(HOLE, R, [0]), "numbers only in stimulus, but got nan or infinity in 1 of 200 samples"),
        (lambda e: e(S, R[None], [0]), r"responses of shape \(times, channels\), but got shape \(1, 200, 5\)"),
        (lambda e: e(np.ones(200), R, [0]), "features that vary, but got feature 0, which is constant"),
        (lambda e: e(S, R, [0], shifts=10), "shifts of at least 19 at level=0.95, but got 10"),
        (lambda e: e(S, R, [0], folds=2), "folds to be a whole number of at least 3"),
        (lambda e: e(S, R, [0], alphas=[0]), "each of alphas to be a number above 0, but got 0"),
        (lambda e: e(S, R, [0], alphas=[]), "at least one alpha, but got none"),
        (lambda e: e(S, R, [0], rate=0), "rate to be a number above 0"),
    ],
)
def test_mistakes_are_refused(call, message):
    with pytest.raises(ValueError, match="encode needs .*" + message):
        call(inspect.encode)


@pytest.mark.tutorial
def test_slow_noise_is_significant_in_five_percent_of_sets():
    """400 recordings: 20 significant ones are expected, sd 4.4."""
    significant = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        s, r = slow_noise(rng, 1000, 1), slow_noise(rng, 1000, 4, 20)
        significant += inspect.encode(s, r, range(10), shifts=39, alphas=[0.01, 1.0, 100.0], seed=seed).above.any()
    assert 8 <= significant <= 33, significant
