"""decision_regions: the classes of the grid and of the points, exact line segments, and what it refuses."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from dragonet import Sequential, layers
from dragonet.datasets import dragons, toy
from dragonet.inspect import boundary_line, decision_regions
from dragonet.inspect.boundaries.regions import boundary_segments
from dragonet.perceptrons import MulticlassPerceptron, Perceptron

X, Y = toy.blobs(90, classes=3, noise=1.5)
LOW, HIGH = np.array([-5.0, -5.0]), np.array([5.0, 5.0])


def grid_of(regions):
    return np.array([[a, b] for b in regions.x2 for a in regions.x1])


def network(units=3, activation="softmax"):
    return Sequential([layers.Dense(8, "relu", input_shape=(2,)), layers.Dense(units, activation)])


@pytest.mark.parametrize("units, activation", [(3, "softmax"), (1, "sigmoid")])
def test_grid_and_points_have_the_models_predictions(units, activation):
    model = network(units, activation)
    regions = decision_regions(model, X, resolution=7)
    predicted = model.predict_classes(grid_of(regions)).reshape(7, 7)
    np.testing.assert_array_equal(regions.classes[regions.index], predicted)
    np.testing.assert_array_equal(regions.predictions, model.predict_classes(X))
    p = model.predict(grid_of(regions)).reshape(7, 7, -1)
    np.testing.assert_allclose(regions.probability[..., -units:], p, rtol=1e-6)
    assert regions.lines is None


def test_the_window_is_the_range_of_the_data_with_a_margin():
    model = network()
    regions = decision_regions(model, np.array([[0, 10], [10, 30]]), resolution=3, margin=0.5)
    assert regions.x1.tolist() == [-5, 5, 15]
    assert regions.x2.tolist() == [0, 20, 40]
    single_point = decision_regions(model, np.array([[1.0, 2.0]]), resolution=3)
    assert (single_point.x1.tolist(), single_point.x2.tolist()) == ([0, 1, 2], [1, 2, 3])


def test_the_line_of_a_linear_model_of_two_classes_is_exact():
    (x, _), _ = dragons.load_data()
    model = Sequential(
        [layers.Normalization(mean=[9.0, 200.0], variance=[25.0, 1600.0], input_shape=(2,)), layers.Dense(1, "sigmoid")]
    )
    regions = decision_regions(model, x, resolution=30)
    w, b = boundary_line(model)
    ends = regions.lines.reshape(-1, 2)
    assert len(ends) == 2
    np.testing.assert_allclose(ends @ w + b, 0, atol=1e-12)
    edges = [np.isclose(ends[:, 0], edge) for edge in regions.x1[[0, -1]]]
    edges += [np.isclose(ends[:, 1], edge) for edge in regions.x2[[0, -1]]]
    assert np.any(edges, axis=0).all()
    assert ((grid_of(regions) @ w + b > 0).reshape(30, 30) == regions.index).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(0, 10**6))
def test_on_each_segment_two_scores_are_equal_and_the_largest(k, seed):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(k, 2)), rng.normal(size=k)
    result = boundary_segments(W, b, np.array([-5.0, 5.0]), np.array([-5.0, 5.0]))
    for start, end in result:
        for t in (0.0, 0.3, 1.0):
            scores = np.sort(W @ (start + t * (end - start)) + b)[::-1]
            assert scores[0] - scores[1] < 1e-9 * (1 + abs(scores[0]))
        assert (np.minimum(start, end) >= LOW - 1e-9).all() and (np.maximum(start, end) <= HIGH + 1e-9).all()
    # No segment is missing: where the best class changes along a line, a segment is crossed.
    line = np.stack([np.linspace(-5, 5, 4001), np.full(4001, rng.uniform(-4.9, 4.9))], axis=1)
    changes = int((np.diff((line @ W.T + b).argmax(axis=1)) != 0).sum())
    level = line[0, 1]
    crossed = sum(min(start[1], end[1]) < level < max(start[1], end[1]) for start, end in result)
    assert crossed == changes


def test_the_boundaries_of_three_classes_meet_in_a_point():
    """Scores x, y and 0: the corner of three regions is the origin, and each pair has a ray from it."""
    result = boundary_segments(
        np.array([[1.0, 0], [0, 1], [0, 0]]), np.zeros(3), np.array([-1.0, 1]), np.array([-1.0, 1])
    )
    ends = {tuple(end) for segment in result for end in segment.tolist()}
    assert ends == {(0.0, 0.0), (1.0, 1.0), (0.0, -1.0), (-1.0, 0.0)}


def test_equal_scores_have_no_boundary():
    assert boundary_segments(np.zeros((2, 2)), np.zeros(2), np.array([0.0, 1]), np.array([0.0, 1])).shape == (0, 2, 2)
    assert (
        boundary_segments(np.array([[0.0, 0], [1, 0]]), np.array([0.0, 9]), np.array([0.0, 1]), np.array([0.0, 1])).size
        == 0
    )


def test_perceptrons_of_two_and_of_three_classes():
    three = MulticlassPerceptron().fit(X, Y)
    regions = decision_regions(three, X, resolution=40)
    assert regions.probability is None
    np.testing.assert_array_equal(regions.index.ravel(), three.predict(grid_of(regions)))
    assert len(regions.lines) in (2, 3)
    two = Perceptron().fit(X, np.where(Y == 1, "b", "a"))
    regions = decision_regions(two, X, resolution=40)
    np.testing.assert_array_equal(regions.classes[regions.index].ravel(), two.predict(grid_of(regions)))
    assert len(regions.lines) == 1


def test_linear_models_of_scikit_learn_have_lines_unless_pairs_of_classes_vote():
    assert len(decision_regions(LogisticRegression().fit(X, Y), X, resolution=30).lines) in (2, 3)
    assert decision_regions(SVC(kernel="linear").fit(X, Y), X, resolution=30).lines is None
    assert decision_regions(KNeighborsClassifier().fit(X, Y), X, resolution=30).lines is None


def test_a_table_gives_the_names_of_its_columns_and_is_passed_as_a_table():
    table = pd.DataFrame(X, columns=["toes", "length"])
    regions = decision_regions(
        LogisticRegression().fit(table, Y), table, resolution=5
    )  # scikit-learn would warn of an array
    assert regions.names == ("toes", "length")


def test_the_margin_of_a_class():
    regions = decision_regions(LogisticRegression().fit(X, Y), X, resolution=5)
    p = regions.probability[2, 3]
    np.testing.assert_allclose(
        regions.margin[2, 3], [p[0] - max(p[1], p[2]), p[1] - max(p[0], p[2]), p[2] - max(p[:2])]
    )
    without = dataclasses.replace(regions, probability=None)
    assert (without.margin.max(axis=2) == 1).all() and (without.margin.argmax(axis=2) == without.index).all()


@pytest.mark.parametrize(
    "x, options, message",
    [
        (
            np.ones((5, 3)),
            {},
            r"two features, x of shape \(n, 2\), but got an array of shape \(5, 3\).*Train a model on two",
        ),
        (np.ones(5), {}, r"x of shape \(n, 2\), but got an array of shape \(5,\) and dtype float64\.$"),
        (np.ones((0, 2)), {}, r"but got an array of shape \(0, 2\)"),
        (np.array([["a", "b"]]), {}, "but got an array of shape .* and dtype <U1"),
        (np.array([[0.0, np.nan]]), {}, "finite numbers in x, but got nan"),
        (X, {"resolution": 1}, "resolution to be a whole number of at least 2, but got 1"),
        (X, {"margin": -1}, "margin to be a number from 0, but got -1"),
    ],
)
def test_mistakes_are_refused(x, options, message):
    with pytest.raises(ValueError, match=f"decision_regions needs .*{message}"):
        decision_regions(network(), x, **options)


def test_a_model_of_more_features_is_refused():
    with pytest.raises(ValueError, match=r"x of shape \(n, 3\), but got shape"):
        decision_regions(Sequential([layers.Dense(1, input_shape=(3,))]), X)
