"""Sort keys: the order of float64 log-odds where float32 probabilities are all 1."""

import numpy as np
import pytest

from dragonet import layers, models
from dragonet.studies.judging.sort_keys import sort_keys


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_probabilities_that_are_all_1_are_ranked_by_their_logits(classes):
    last = layers.Dense(classes, activation="sigmoid" if classes == 1 else "softmax", name="output")
    model = models.Sequential([layers.Input((1,)), last])
    W = np.arange(1.0, classes + 1)[None]
    last.set_weights([W.astype(np.float32), np.full(classes, 0.5, np.float32)])
    x = np.linspace(90, 200, 40, dtype=np.float32)[:, None]
    p = model.predict(x)
    assert len(np.unique(p[:, -1])) == 1  # all of them are 1 in float32
    keys = sort_keys(model, x, "classes", p)
    assert keys.dtype == np.float64 and (np.diff(keys[:, -1]) > 0).all()
    if classes > 1:
        z = x.astype(float) @ W + 0.5
        rest = np.log(np.exp(z[:, :-1] - z[:, -1:]).sum(axis=1))
        np.testing.assert_allclose(keys[:, -1], -rest, rtol=1e-6)


def test_outputs_of_other_layers_are_ranked_too():
    model = models.Sequential([layers.Input((1,)), layers.Dense(1), layers.Activation("sigmoid")])
    p = np.array([[0.0], [0.2], [0.5], [1.0]])
    keys = sort_keys(model, np.zeros((4, 1)), "labels", p)
    assert np.isfinite(keys).all() and (np.diff(keys[:, 0]) > 0).all() and keys[2, 0] == 0
