"""Perceptrons: the historical learning rules, one row at a time, from before backpropagation.

`Perceptron` and `MulticlassPerceptron` change their weights where they are wrong, `Hebb` and `Oja` after every row. All are
scikit-learn estimators, for pipelines, grid searches and cross-validation.
"""

from dragonet.perceptrons.correlating import Hebb, Oja
from dragonet.perceptrons.mistake_driven import MulticlassPerceptron, Perceptron

__all__ = ["Hebb", "MulticlassPerceptron", "Oja", "Perceptron"]
