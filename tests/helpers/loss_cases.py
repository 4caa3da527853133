"""The list of all losses with their options, and data of each kind; the tests of this folder are driven by it."""

from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """A loss function's name, its class's, options, the kind of data, and the axes before the last."""

    function: str
    cls: str
    data: str
    options: dict = {}
    lead: tuple = (4,)

    def __str__(self):
        options = ",".join(f"{name}={held}" for name, held in self.options.items())
        return f"{self.function}({options}) {self.data}"


def _softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def data(kind, lead=(4,), k=3, seed=0):
    """(y_true, y_pred) of a kind, y_pred of shape (*lead, k)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(*lead, k)).astype("float32")
    numbers = rng.integers(0, k, lead)
    return {
        "numbers": lambda: (rng.normal(size=z.shape).astype("float32"), z * 2),
        "positive": lambda: (rng.uniform(0.1, 3, z.shape).astype("float32"), np.abs(z) + 0.1),
        "yes/no": lambda: (rng.integers(0, 2, z.shape), 1 / (1 + np.exp(-z))),
        "yes/no logits": lambda: (rng.integers(0, 2, z.shape), 3 * z),
        "signs": lambda: (rng.choice([-1.0, 1.0], z.shape), z),
        "one-hot": lambda: (np.eye(k)[numbers], _softmax(z)),
        "one-hot logits": lambda: (np.eye(k)[numbers], 3 * z),
        "classes": lambda: (numbers, _softmax(z)),
        "classes column": lambda: (numbers[..., None].astype("float32"), _softmax(z)),
        "classes logits": lambda: (numbers, 3 * z),
        "distributions": lambda: (_softmax(rng.normal(size=z.shape).astype("float32")), _softmax(z)),
    }[kind]()


_plain = [
    ("mean_squared_error", "MeanSquaredError", "numbers"),
    ("mean_absolute_error", "MeanAbsoluteError", "numbers"),
    ("mean_absolute_percentage_error", "MeanAbsolutePercentageError", "numbers"),
    ("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "positive"),
    ("huber", "Huber", "numbers"),
    ("log_cosh", "LogCosh", "numbers"),
    ("cosine_similarity", "CosineSimilarity", "numbers"),
    ("poisson", "Poisson", "positive"),
    ("kl_divergence", "KLDivergence", "distributions"),
    ("hinge", "Hinge", "signs"),
    ("squared_hinge", "SquaredHinge", "signs"),
    ("categorical_hinge", "CategoricalHinge", "one-hot"),
    ("binary_crossentropy", "BinaryCrossentropy", "yes/no"),
    ("binary_focal_crossentropy", "BinaryFocalCrossentropy", "yes/no"),
    ("categorical_crossentropy", "CategoricalCrossentropy", "one-hot"),
    ("categorical_focal_crossentropy", "CategoricalFocalCrossentropy", "one-hot"),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", "classes"),
    ("categorical_generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy", "classes"),
    ("dice", "Dice", "yes/no"),
    ("tversky", "Tversky", "yes/no"),
]
_by_name = {function: Case(function, cls, kind) for function, cls, kind in _plain}


def _with(function, kind=None, **options):
    case = _by_name[function]
    return case._replace(options=options, data=kind or case.data)


_optional = [
    _with("huber", delta=0.5),
    _with("cosine_similarity", axis=0),
    _with("hinge", "yes/no"),
    _with("squared_hinge", "yes/no"),
    _with("binary_crossentropy", "yes/no logits", from_logits=True),
    _with("binary_crossentropy", label_smoothing=0.2),
    _with("binary_crossentropy", axis=0),
    _with("binary_focal_crossentropy", "yes/no logits", from_logits=True, gamma=3.0),
    _with("binary_focal_crossentropy", apply_class_balancing=True, alpha=0.3, label_smoothing=0.1),
    _with("categorical_crossentropy", "one-hot logits", from_logits=True),
    _with("categorical_crossentropy", label_smoothing=0.2),
    _with("categorical_crossentropy", axis=0),
    _with("categorical_focal_crossentropy", "one-hot logits", from_logits=True, gamma=1.0),
    _with("categorical_focal_crossentropy", alpha=(0.2, 0.3, 0.5), label_smoothing=0.1),
    _with("sparse_categorical_crossentropy", "classes logits", from_logits=True),
    _with("sparse_categorical_crossentropy", ignore_class=1),
    _with("sparse_categorical_crossentropy", "classes logits", from_logits=True, ignore_class=0),
    _with("sparse_categorical_crossentropy", "classes column"),
    _with("categorical_generalized_cross_entropy", q=0.3),
    _with("dice", axis=1),
    _with("tversky", alpha=0.2, beta=0.7, axis=0),
]

CASES = [*(case._replace(lead=(4, 2)) for case in _by_name.values()), *_optional]


# --- what differs from Keras, and why ---------------------------------------------------------------------------------

NOT_OFFERED = {
    "CTC": "aligns a sequence with an unsegmented one, for speech: no row of coverage.md needs it",
    "ctc": "as CTC",
    "Circle": "compares the rows of a batch with each other, so it has no value per example",
    "circle": "as Circle",
}
OTHER_SIGNATURE = {
    "categorical_generalized_cross_entropy": "q has the default that its class has; in Keras the function has none",
}
OURS = {
    "as_loss": "what compile uses",
    "LossFunctionWrapper": "Keras has it too, but not in its public list",
}
FUNCTION_NAMES = sorted(_by_name)
CLASS_NAMES = sorted({case.cls for case in CASES} | {"Loss"})
