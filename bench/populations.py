"""Populations with known truths for `intervals.py`: data sets drawn from them, five fast models, and the models' true scores.

The models are the simplest guess (majority or mean), a linear one, a flexible one (linear on random ReLU features, in place of a
small network, or nearest neighbours), and two linear ones on one half of the columns each, which are equally good.
"""

import dataclasses
import warnings

import numpy as np
from scipy import special
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

COLUMNS = 6
FEATURES = 24  # of the flexible model
TEST_ROWS = 4000
MODELS = ("simplest guess", "linear", "flexible", "half A", "half B")
PAIRS = ((1, 0), (2, 1), (3, 4))
ITEMS = ("linear", "flexible", "linear − guess", "flexible − linear", "equally good")


@dataclasses.dataclass(frozen=True)
class Population:
    """Task, rows, groups (0: independent rows), and signal: R², or the norm of the logistic coefficients.

    offset: of the logit; negative makes class 1 rare. tail: degrees of freedom of Student's t for the noise; 0: normal.
    """

    task: str
    n: int
    groups: int
    signal: float
    strength: str
    offset: float = 0.0
    flexible: str = "random features"
    tail: float = 0.0
    classes: int = 2

    @property
    def name(self):
        rows = f"{self.groups} groups" if self.groups else f"n={self.n}"
        more = ["rare class"] * bool(self.offset) + [self.flexible] * (self.flexible != "random features")
        more += [f"t{self.tail:g} noise"] * bool(self.tail)
        task = f"{self.classes} {self.task}" if self.classes > 2 else self.task
        return ", ".join([task, rows, self.strength, *more])


def populations():
    """All of them."""
    sizes = ((60, 0), (200, 0), (1000, 0), (216, 18), (120, 6))
    weak = {"numbers": (0.40, 0.15, 0.04, 0.30, 0.50), "classes": (1.2, 0.7, 0.3, 1.0, 1.5)}
    strong = {"numbers": 0.75, "classes": 2.5}
    result = []
    for task in ("numbers", "classes"):
        for (n, groups), signal in zip(sizes, weak[task], strict=True):
            signals = (strong[task], "strong"), (signal, "weak"), (0.0, "none")
            result += [Population(task, n, groups, s, strength) for s, strength in signals]
    return [
        *result,
        Population("classes", 200, 0, 1.5, "weak", offset=-2.2),
        Population("classes", 60, 0, 1.5, "weak", offset=-2.2),
        Population("classes", 200, 0, 1.5, "weak", flexible="k-NN"),
        Population("numbers", 200, 0, 0.4, "weak", flexible="k-NN"),
        Population("numbers", 200, 0, 0.3, "weak", tail=3.0),
        Population("classes", 200, 0, 1.0, "weak", classes=4),
        Population("classes", 200, 0, 0.0, "none", classes=4),
        Population("classes", 216, 18, 1.3, "weak", classes=4),
    ]


# --- data sets --------------------------------------------------------------------------------------------------------


def draw(cell, rng, rows, groups):
    """x (rows, columns), y (rows,), the group of each row, and what is expected of y given x: numbers, or (rows, classes)."""
    if groups:
        share = np.linspace(1, 2, groups)
        group = np.concatenate(
            [np.repeat(np.arange(groups), 3), rng.choice(groups, rows - 3 * groups, p=share / share.sum())]
        )
        x = np.sqrt(0.3) * rng.normal(size=(groups, COLUMNS))[group] + np.sqrt(0.7) * rng.normal(size=(rows, COLUMNS))
    else:
        group, x = np.arange(rows), rng.normal(size=(rows, COLUMNS))
    if cell.task == "numbers":
        return x, *_numbers(cell, rng, x, group)
    return x, *_classes(cell, rng, x, group)


def _numbers(cell, rng, x, group):
    middle = np.sqrt(cell.signal) * x @ np.full(COLUMNS, 1 / np.sqrt(COLUMNS))
    noise = rng.normal(size=len(x))
    if cell.tail:
        noise = rng.standard_t(cell.tail, len(x)) / np.sqrt(cell.tail / (cell.tail - 2))
    if cell.groups:
        noise = np.sqrt(0.3) * rng.normal(size=group.max() + 1)[group] + np.sqrt(0.7) * noise
    return middle + np.sqrt(1 - cell.signal) * noise, group, middle


def _classes(cell, rng, x, group):
    many = cell.classes - 1  # the logit of the first class is 0
    effect = rng.normal(size=(group.max() + 1, many))[group] if cell.groups else 0
    direction = np.ones((COLUMNS, 1)) if many == 1 else _directions(cell.classes)[:, 1:]
    logit = cell.offset + cell.signal * x @ direction / np.sqrt(COLUMNS) + effect
    p = special.softmax(np.column_stack([np.zeros(len(x)), logit]), axis=1)
    return (rng.random((len(x), 1)) > np.cumsum(p, axis=1)[:, :-1]).sum(axis=1), group, p


def _directions(classes):
    """A pattern of ±1 for each class, the two halves of the columns alike, so that halves are equally good."""
    half = np.random.default_rng(5).choice([-1.0, 1.0], size=(COLUMNS // 2, classes))
    return np.concatenate([half, half]) * np.sqrt(2)


# --- models -----------------------------------------------------------------------------------------------------------


def ridge(x, y, penalty=1.0):
    """Ridge regression with a free intercept: a function of x."""
    center, mean = x.mean(axis=0), y.mean()
    z = x - center
    w = np.linalg.solve(z.T @ z + penalty * np.eye(z.shape[1]), z.T @ (y - mean))
    return lambda new: mean + (new - center) @ w


def logistic(x, y, penalty=1.0):
    """Penalised logistic regression by Newton's method: the probability of class 1 as a function of x."""
    z = np.column_stack([np.ones(len(x)), x])
    shrink = np.diag([1e-3] + [penalty] * x.shape[1])
    w = np.zeros(z.shape[1])
    for _ in range(6):
        p = special.expit(z @ w)
        w = w - np.linalg.solve(z.T @ (z * (p * (1 - p))[:, None]) + shrink, z.T @ (p - y) + shrink @ w)
    return lambda new: special.expit(w[0] + new @ w[1:])


def one_against_rest(x, y, classes, penalty=1.0):
    """Probabilities (rows, classes) as a function of x: of two classes one logistic regression, else one for each."""
    if classes == 2:
        model = logistic(x, y, penalty)
        return lambda new: np.column_stack([1 - model(new), model(new)])
    models = [logistic(x, (y == c).astype(float), penalty) for c in range(classes)]

    def predict(new):
        p = np.column_stack([model(new) for model in models])
        return p / p.sum(axis=1, keepdims=True)

    return predict


def train(cell, x, y, rng):
    """The five models as functions of x: numbers, or probabilities (rows, classes)."""
    if cell.task == "numbers":
        mean, linear = y.mean(), ridge
    else:
        mean = np.bincount(y, minlength=cell.classes) / len(y)

        def linear(x, y, penalty=1.0):
            return one_against_rest(x, y, cell.classes, penalty)

    first, second = linear(x[:, : COLUMNS // 2], y), linear(x[:, COLUMNS // 2 :], y)
    return [
        lambda new: np.repeat(np.asarray(mean)[None], len(new), axis=0),
        linear(x, y),
        neighbors(cell, x, y) if cell.flexible == "k-NN" else on_random_features(linear, x, y, rng),
        lambda new: first(new[:, : COLUMNS // 2]),
        lambda new: second(new[:, COLUMNS // 2 :]),
    ]


def neighbors(cell, x, y):
    """Seven nearest neighbours."""
    if cell.task == "numbers":
        return KNeighborsRegressor(7).fit(x, y).predict
    model = KNeighborsClassifier(7).fit(x, y)
    return lambda new: np.clip(model.predict_proba(new), 0.05, 0.95)


def on_random_features(linear, x, y, rng):
    """A linear model on random ReLU features, drawn anew at each training."""
    w, b = rng.normal(size=(COLUMNS, FEATURES)) / np.sqrt(COLUMNS), rng.normal(size=FEATURES)
    model = linear(np.maximum(x @ w + b, 0), y, 3.0)
    return lambda new: model(np.maximum(new @ w + b, 0))


# --- true scores ------------------------------------------------------------------------------------------------------


def true_scores(cell, answers, expected, noise):
    """{score: its value on a test sample, averaged over y given x}."""
    if cell.task == "numbers":
        return _of_numbers(cell, answers, expected, noise)
    p, chosen = expected, answers.argmax(axis=1)
    share = p.sum(axis=0)
    right = p[np.arange(len(p)), chosen]
    recalls = [p[chosen == c, c].sum() / share[c] for c in range(cell.classes)]
    which = [1] if cell.classes == 2 else range(cell.classes)
    return {
        "accuracy": right.mean(),
        "balanced accuracy": np.mean(recalls),
        "ROC AUC": np.mean([_auc(p[:, c], answers[:, c]) for c in which]),
        "log loss": -(p * np.log(np.clip(answers, 1e-7, 1))).sum(axis=1).mean(),
    }


def _of_numbers(cell, answers, expected, noise):
    variance, off = 1 - cell.signal, answers - expected
    size = np.abs(noise - off)
    if not cell.tail:
        sd = np.sqrt(variance)
        size = sd * np.sqrt(2 / np.pi) * np.exp(-(off**2) / (2 * variance)) + off * special.erf(off / (sd * np.sqrt(2)))
    return {"R²": 1 - (variance + (off**2).mean()) / (variance + expected.var()), "MAE": size.mean()}


def _auc(p, key):
    if np.ptp(key) == 0:
        return 0.5
    order = np.argsort(key)
    below = np.cumsum((1 - p)[order]) - (1 - p)[order] / 2
    return (p[order] * below).sum() / (p.sum() * (1 - p).sum())


def data_set(cell, seed):
    """(x, y, group), a function of a model's answers that gives its true scores, and the generator for folds and models."""
    rng = np.random.default_rng([seed, cell.n, cell.groups, round(100 * cell.signal), len(cell.name)])
    x, y, group, _ = draw(cell, rng, cell.n, cell.groups)
    test_x, test_y, _, expected = draw(cell, rng, TEST_ROWS, TEST_ROWS // 4 if cell.groups else 0)
    noise = test_y - expected if cell.task == "numbers" else None

    def truth(model):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return true_scores(cell, model(test_x), expected, noise)

    return (x, y, group), truth, rng
