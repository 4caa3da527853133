"""Rungs: the models of a ladder, from the plainest on, each trained on one split, and each a network like the others."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dragonet import layers
from dragonet.callbacks import EarlyStopping
from dragonet.core import session
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.models import Model, Sequential
from dragonet.optimizers import Adam
from dragonet.sklearn import architectures, scaling
from dragonet.training.history import History

EPOCHS, PATIENCE = 300, 20  # most epochs, and how many without progress end a training
_BATCH, _STEPS = (32, 200), 100  # so many rows at a time that an epoch has about a hundred steps, within these bounds
_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)  # C, and 1/α for a number of rows, of which validation chooses one
_LARGE = 2e6  # numbers in a table, from which on one strength must do
_LOSSES = {
    "classes": ("sparse_categorical_crossentropy", "accuracy"),
    "labels": ("binary_crossentropy", "binary_accuracy"),
    "numbers": ("mse", "mae"),
}
_NEVER = -30.0  # the logit of a class that no row to learn from has


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to learn from and rows to stop by, as arrays, and what is to be predicted of them.

    Shapes: x (n, ...) float32, y (n,) places of classes, (n, k) yes and no, or (n, k) numbers. weights: one a row to learn
    from, or None. outputs: classes, labels or numbers a row.
    """

    x: np.ndarray
    y: np.ndarray
    x_watched: np.ndarray
    y_watched: np.ndarray
    task: str
    outputs: int
    kind: str
    weights: np.ndarray | None = None

    @property
    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """x and x_watched as tables."""
        return self.x.reshape(len(self.x), -1), self.x_watched.reshape(len(self.x_watched), -1)

    @property
    def targets(self) -> tuple[np.ndarray, np.ndarray]:
        """y and y_watched as the losses take them: numbers are brought to mean 0 and variance 1."""
        if self.task != "numbers":
            return self.y, self.y_watched
        if self.target_scaling is not None:
            return tuple(self.target_scaling.encode(y) for y in (self.y, self.y_watched))
        mean, variance = scaling.moments(self.y, None)
        return tuple(((y - mean) / np.sqrt(variance)).astype(np.float32) for y in (self.y, self.y_watched))

    @functools.cached_property
    def target_scaling(self) -> ArrayScaling | None:
        """Of numbers that float32 cannot hold; else the model's last layer gives them their units."""
        return ArrayScaling.fit(self.y) if self.task == "numbers" else None


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, how its training went (None where there was no training in epochs), what was chosen, and the seconds it took."""

    model: Model
    history: History | None
    chosen: str
    seconds: float


def train(
    rung: str,
    split: Split,
    seed: int,
    *,
    epochs: int = EPOCHS,
    engine: str = "auto",
    threads: int | None = None,
    watch: Callable[[Model], None] = lambda model: None,
    preflight: bool = False,
) -> Trained:
    """Train the rung of this name on a split; the seed gives the first weights, the order of the rows and the dice.

    watch is told of a network before it trains, so that it can be stopped.
    """
    began = time.perf_counter()
    history, chosen = None, ""
    if rung in ("majority", "mean"):
        model = _constant(split, engine)
    elif rung in ("linear", "logistic"):
        model, chosen = _linear(split, engine)
    else:
        model, history = _network(rung, split, seed, epochs, engine, threads, watch, preflight)
    return Trained(model, history, chosen, time.perf_counter() - began)


# --- the plainest: always the same answer -----------------------------------------------------------------------------


def _constant(split: Split, engine: str) -> Model:
    """The shares of the classes, or the mean, whatever the row: a linear model with no slopes."""
    y, w = split.y, split.weights
    if split.task == "classes":
        shares = np.bincount(y, weights=w, minlength=split.outputs)
        bias = np.log(np.maximum(shares, 1e-12) / shares.sum())
    elif split.task == "labels":
        p = np.clip(y.mean(axis=0), 1e-6, 1 - 1e-6)
        bias = np.log(p / (1 - p))
    else:
        bias = np.zeros(split.outputs)  # of standardised numbers
    return _with(split, engine, np.zeros((split.flat[0].shape[1], split.outputs)), bias)


# --- the linear model -------------------------------------------------------------------------------------------------


def _linear(split: Split, engine: str) -> tuple[Model, str]:
    """scikit-learn's logistic or ridge regression as a network of one layer; how strong its penalty is, validation says."""
    x, watched = split.flat
    mean, variance = scaling.moments(x, split.weights)
    z, z_watched = ((part - mean) / np.sqrt(variance) for part in (x, watched))
    strengths = _STRENGTHS if z.size * max(1, split.outputs // 2) < _LARGE else (1.0,)
    fit = {"classes": _logistic, "labels": _logistic_each, "numbers": _ridge}[split.task]
    y, y_watched = split.targets
    best = None
    for strength in strengths:
        W, b = fit(z, y, split, strength)
        loss = _loss(split.task, y_watched, z_watched @ W + b) if len(strengths) > 1 else 0.0
        if best is None or loss < best[0]:
            best = loss, strength, W, b
    _, strength, W, b = best
    chosen = f"C = {strength:g}" if split.task != "numbers" else f"α = {len(z) * 1e-2 / strength:g}"
    return _with(split, engine, W, b), chosen


def _logistic(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    k, present = split.outputs, np.unique(y)
    W, b = np.zeros((z.shape[1], k)), np.full(k, _NEVER)
    if len(present) == 1:
        b[present] = 0
        return W, b
    found = LogisticRegression(C=strength, max_iter=300).fit(z, y, sample_weight=split.weights)
    if len(present) == 2:
        W[:, present[1]], b[present] = found.coef_[0], (0, found.intercept_[0])
    else:
        W[:, present], b[present] = found.coef_.T, found.intercept_
    return W, b


def _logistic_each(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """A logistic regression of its own for each label."""
    from sklearn.linear_model import LogisticRegression

    W, b = np.zeros((z.shape[1], split.outputs)), np.zeros(split.outputs)
    for j, column in enumerate(y.T):
        if column.min() == column.max():
            b[j] = -_NEVER if column[0] else _NEVER
        else:
            found = LogisticRegression(C=strength, max_iter=300).fit(z, column)
            W[:, j], b[j] = found.coef_[0], found.intercept_[0]
    return W, b


def _ridge(z: np.ndarray, y: np.ndarray, split: Split, strength: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import Ridge

    found = Ridge(alpha=len(z) * 1e-2 / strength).fit(z, y)
    return found.coef_.reshape(split.outputs, -1).T, np.broadcast_to(found.intercept_, split.outputs)


def _loss(task: str, y: np.ndarray, out: np.ndarray) -> float:
    """The mean cross-entropy of logits, or the mean squared error."""
    if task == "numbers":
        return float(((y - out) ** 2).mean())
    if task == "labels":
        return float(np.logaddexp(0, np.where(y == 1, -out, out)).mean())
    top = out.max(axis=1, keepdims=True)
    return float((np.log(np.exp(out - top).sum(axis=1)) + top[:, 0] - out[np.arange(len(y)), y]).mean())


def _with(split: Split, engine: str, W: np.ndarray, b: np.ndarray) -> Model:
    """The network of one layer that has these weights."""
    model, _ = _built("linear", split, 0, engine)
    model.get_layer("output").set_weights([W.astype(np.float32), b.astype(np.float32)])
    return model


# --- the network ------------------------------------------------------------------------------------------------------


def _network(
    rung: str,
    split: Split,
    seed: int,
    epochs: int,
    engine: str,
    threads: int | None,
    watch: Callable[[Model], None],
    preflight: bool,
) -> tuple[Model, History]:
    model, learner = _built(rung, split, seed, engine)
    learner.threads = threads
    watch(learner)
    target, watched = split.targets
    low, high = _BATCH
    batch = min(len(split.x), max(low, min(high, len(split.x) // _STEPS)))
    stop = EarlyStopping(monitor="val_loss", mode="min", patience=PATIENCE, restore_best_weights=True)
    history = learner.fit(
        split.x,
        target,
        batch_size=batch,
        epochs=epochs,
        verbose=0,
        callbacks=[stop],
        validation_data=(split.x_watched, watched),
        sample_weight=split.weights,
        preflight=preflight,
    )
    learner.threads = None
    return model, history


def _built(rung: str, split: Split, seed: int, engine: str) -> tuple[Model, Model]:
    """The compiled model, and the part of it that learns: of numbers, all but the layers that give them their units back."""
    activation = {"classes": "softmax", "labels": "sigmoid", "numbers": None}[split.task]
    with session.started_over(seed):
        last = layers.Dense(split.outputs, activation=activation, name="output")
        if rung == "cnn" and split.kind == "series":
            made = _series(split, last)
        else:
            name = "logistic" if rung == "linear" else rung
            made = architectures.network("train", name, ("mlp", "cnn", "logistic"), split.x, split.weights, last)
        learner = made
        if split.task == "numbers":
            made.target_scaling = split.target_scaling
            for layer in scaling.behind(*scaling.moments(split.y, None)) if made.target_scaling is None else ():
                made.add(layer)
            learner = Model(made.inputs, made.get_layer("output").output)
        for model in {id(made): made, id(learner): learner}.values():
            loss, metric = _LOSSES[split.task]
            model.compile(Adam(), loss, metrics=[metric], engine=engine)
            model.seed = seed
    return made, learner


def _series(split: Split, last: layers.Dense) -> Sequential:
    """Two convolutions over time, on channels that are scaled each for itself; then the mean over time."""
    channels_last = split.x.swapaxes(1, 2)
    return Sequential(
        [
            layers.Input(split.x.shape[1:]),
            layers.Permute((2, 1)),  # (channels, times) to (times, channels)
            *scaling.before(*scaling.moments(channels_last, split.weights)),
            layers.Conv1D(32, 7, padding="same", activation="relu"),
            layers.MaxPooling1D(2, padding="same"),
            layers.Conv1D(32, 7, padding="same", activation="relu"),
            layers.GlobalAveragePooling1D(),
            layers.Dropout(0.2),
            last,
        ]
    )
