"""The same model built in Keras and in dragonet, trained from equal weights on equal batches: equal results."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

import dragonet

ROWS, BATCH = 24, 8


def compare_trainings(build: Callable[[Any], Any], metrics: Any = None) -> list[Any]:
    """Six short trainings by SGD and Adam; the weights' shapes, losses, weights, scores and predictions must agree.

    build: makes the model from the package; a subclassed one must have been called on data. Returns both models.
    """
    models, results = [], []
    for k in (keras, dragonet):
        k.utils.clear_session()
        model = build(k)
        models.append(model)
        rng = np.random.default_rng(1)
        model.set_weights([(0.3 * rng.normal(size=w.shape) ** 2).astype(w.dtype) for w in model.weights])
        x, y = _data_for(model)
        losses = []
        # Adam with a larger epsilon than by default, which would make a whole step of the rounding error of a small gradient.
        for optimizer in (k.optimizers.SGD(0.01), k.optimizers.Adam(0.01, epsilon=0.01)):
            model.compile(optimizer, "mse", metrics=metrics)
            for _ in range(3):
                history = model.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0).history
                losses.append([history[name] for name in sorted(history)])
        losses.append(np.ravel(model.evaluate(x, y, verbose=0)))
        shapes = [tuple(w.shape) for w in model.weights]
        results.append((shapes, losses, model.get_weights(), model.predict(x, verbose=0)))
    assert results[0][0] == results[1][0]
    for theirs, ours in zip(results[0][1:], results[1][1:], strict=True):
        for a, b in zip(theirs, ours, strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-4, atol=1e-5)
    return models


def _data_for(model: Any) -> tuple[Any, np.ndarray]:
    rng = np.random.default_rng(0)
    is_graph = isinstance(model, keras.Sequential | keras.src.models.Functional) or getattr(model, "_graph", None)
    shapes = [tensor.shape[1:] for tensor in model.inputs] if is_graph else [(5,)]
    xs = [rng.normal(size=(ROWS, *shape)).astype("float32") for shape in shapes]
    if shapes == [(7,)]:
        xs = [rng.integers(0, 9, (ROWS, 7))]
    width = np.shape(model(xs[0][:2] if len(xs) == 1 else [x[:2] for x in xs]))[-1]
    return xs if len(xs) > 1 else xs[0], rng.normal(size=(ROWS, width)).astype("float32")
