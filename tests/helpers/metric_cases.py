"""The list of all metrics with their options; the tests of this folder are driven by it."""

from typing import NamedTuple

import numpy as np

from helpers.loss_cases import data


class Case(NamedTuple):
    """A metric's class, options, the kind of data, the axes before the last, and whether Keras can be compiled."""

    cls: str
    data: str
    options: dict = {}
    lead: tuple = (4,)
    k: int = 3
    compiles: bool = True

    def __str__(self):
        options = ",".join(f"{name}={held}" for name, held in self.options.items())
        return f"{self.cls}({options}) {self.data}{'' if self.lead == (4,) else self.lead}"


def batches(case):
    """Two batches of y_true, y_pred and weights, stacked."""
    weights = np.array([[1, 2, 0, 3], [0, 1, 1, 2]]) / (1 if "IoU" in case.cls else 2)  # in Keras IoU's are whole
    weights = weights.astype("int32" if "IoU" in case.cls else "float32")
    (true_a, pred_a), (true_b, pred_b) = _data(case, 0), _data(case, 1)
    return np.stack([true_a, true_b]), np.stack([pred_a, pred_b]), weights


def _data(case, seed):
    rng = np.random.default_rng(seed)
    own = {
        "labels": lambda: (rng.integers(0, case.k, case.lead), rng.integers(0, case.k, case.lead)),
        "yes/no vector": lambda: (rng.integers(0, 2, case.lead), rng.uniform(0, 1, case.lead).astype("float32")),
        "sorted ids": lambda: (
            rng.integers(0, case.k, case.lead),
            rng.permuted(np.tile(np.arange(case.k, dtype="float32"), (*case.lead, 1)), axis=-1),
        ),
        "labels and scores": lambda: data("classes", case.lead, case.k, seed),
    }
    return own[case.data]() if case.data in own else data(case.data, case.lead, case.k, seed)


EVEN = [0.0, 0.25, 0.5, 0.75, 1.0]

CASES = [
    Case("Accuracy", "labels"),
    Case("Accuracy", "labels", lead=(4, 2)),
    Case("BinaryAccuracy", "yes/no"),
    Case("BinaryAccuracy", "yes/no vector"),
    Case("BinaryAccuracy", "yes/no", {"threshold": 0.7}, (4, 2)),
    Case("CategoricalAccuracy", "one-hot"),
    Case("CategoricalAccuracy", "one-hot", lead=(4, 2)),
    Case("SparseCategoricalAccuracy", "classes"),
    Case("SparseCategoricalAccuracy", "classes column"),
    Case("SparseCategoricalAccuracy", "classes", lead=(4, 2)),
    Case("TopKCategoricalAccuracy", "one-hot", {"k": 2}),
    Case("TopKCategoricalAccuracy", "one-hot", {"k": 2}, (4, 2)),
    Case("SparseTopKCategoricalAccuracy", "classes", {"k": 2}),
    Case("SparseTopKCategoricalAccuracy", "classes", {"k": 2}, (4, 2)),
    Case("SparseTopKCategoricalAccuracy", "sorted ids", {"k": 2, "from_sorted_ids": True}),
    Case("MeanSquaredError", "numbers"),
    Case("MeanSquaredError", "numbers", lead=(4, 2)),
    Case("RootMeanSquaredError", "numbers"),
    Case("RootMeanSquaredError", "numbers", lead=(4, 2)),
    Case("MeanAbsoluteError", "numbers"),
    Case("MeanAbsolutePercentageError", "numbers"),
    Case("MeanSquaredLogarithmicError", "positive"),
    Case("CosineSimilarity", "numbers"),
    Case("LogCoshError", "numbers"),
    Case("PearsonCorrelation", "numbers"),
    Case("ConcordanceCorrelation", "numbers"),
    Case("R2Score", "numbers"),
    Case("R2Score", "numbers", {"class_aggregation": None}),
    Case("R2Score", "numbers", {"class_aggregation": "variance_weighted_average"}),
    Case("R2Score", "numbers", {"num_regressors": 2}, compiles=False),
    Case("Hinge", "signs"),
    Case("SquaredHinge", "signs"),
    Case("CategoricalHinge", "one-hot"),
    Case("KLDivergence", "distributions"),
    Case("Poisson", "positive"),
    Case("BinaryCrossentropy", "yes/no"),
    Case("BinaryCrossentropy", "yes/no logits", {"from_logits": True, "label_smoothing": 0.1}),
    Case("CategoricalCrossentropy", "one-hot"),
    Case("CategoricalCrossentropy", "one-hot logits", {"from_logits": True, "label_smoothing": 0.1}),
    Case("SparseCategoricalCrossentropy", "classes"),
    Case("SparseCategoricalCrossentropy", "classes logits", {"from_logits": True}, (4, 2)),
    Case("SparseCategoricalCrossentropy", "classes", {"ignore_class": 1}),
    Case("TruePositives", "yes/no"),
    Case("TrueNegatives", "yes/no", {"thresholds": [0.3, 0.8]}),
    Case("FalsePositives", "yes/no", {"thresholds": EVEN}),
    Case("FalseNegatives", "yes/no vector"),
    Case("Precision", "yes/no"),
    Case("Precision", "yes/no vector", {"thresholds": 0.3}),
    Case("Precision", "one-hot", {"top_k": 2}),
    Case("Precision", "one-hot", {"class_id": 1}),
    Case("Recall", "yes/no", {"thresholds": [0.3, 0.8]}),
    Case("Recall", "one-hot", {"top_k": 2, "class_id": 0}),
    Case("SensitivityAtSpecificity", "yes/no", {"specificity": 0.5}),
    Case("SpecificityAtSensitivity", "yes/no", {"sensitivity": 0.5, "num_thresholds": 7}),
    Case("PrecisionAtRecall", "yes/no vector", {"recall": 0.7, "num_thresholds": 1}),
    Case("RecallAtPrecision", "one-hot", {"precision": 0.6, "class_id": 1}),
    Case("AUC", "yes/no"),
    Case("AUC", "yes/no vector", {"curve": "PR"}),
    Case("AUC", "yes/no", {"curve": "PRGAIN", "num_thresholds": 11}),
    Case("AUC", "yes/no", {"curve": "PR", "summation_method": "majoring", "num_thresholds": 11}),
    Case("AUC", "yes/no logits", {"from_logits": True, "summation_method": "minoring"}),
    Case("AUC", "yes/no", {"thresholds": [0.7, 0.2], "label_weights": [0.5, 1.0, 2.0]}),
    Case("AUC", "yes/no", {"multi_label": True, "num_labels": 3, "label_weights": [0.5, 1.0, 2.0]}),
    Case("AUC", "yes/no", {"multi_label": True, "num_labels": 3, "curve": "PR"}),
    Case("F1Score", "one-hot"),
    Case("F1Score", "yes/no", {"threshold": 0.4, "average": "macro"}),
    Case("FBetaScore", "one-hot", {"beta": 2.0, "average": "micro"}),
    Case("FBetaScore", "one-hot", {"beta": 0.5, "average": "weighted"}),
    Case("IoU", "labels", {"num_classes": 3, "target_class_ids": [0, 2]}),
    Case("MeanIoU", "labels", {"num_classes": 3, "ignore_class": 1}),
    Case("MeanIoU", "labels and scores", {"num_classes": 3, "sparse_y_pred": False}),
    Case("BinaryIoU", "yes/no vector", {"threshold": 0.6}),
    Case("OneHotIoU", "one-hot", {"num_classes": 3, "target_class_ids": [1]}),
    Case("OneHotMeanIoU", "one-hot", {"num_classes": 3}),
]

# --- what differs from Keras, and why ---------------------------------------------------------------------------------

OTHER_SIGNATURE = {
    "MeanMetricWrapper": "a dataclass has no **kwargs: options go into functools.partial or a Metric of one's own",
}
OURS = {"as_metric": "what compile uses"}
