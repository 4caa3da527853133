"""Architectures: the tutorials' networks. Each takes raw rows: what scales them is its first layer."""

from typing import Any

from dragonet import layers, models
from dragonet.optimizers import Adam
from dragonet.runs.problems import Problem
from dragonet.runs.recipe import Recipe
from dragonet.sklearn.architectures import tutorial_cnn

HIDDEN = {"mnist": (50,), "digits": (50,), "dragons": (10, 20, 1000)}  # the widths of mlp


def build(recipe: Recipe, problem: Problem) -> models.Sequential:
    """The compiled model of a recipe, for the rows of a problem.

    >>> from dragonet.runs.problems import load
    >>> recipe = Recipe.of("digits", "logistic")
    >>> build(recipe, load("digits", 0)).count_params()
    650
    """
    hidden = {"logistic": _logistic, "mlp": _mlp, "cnn": _cnn}[recipe.model](recipe, problem)
    out = layers.Dense(len(problem.classes), activation="softmax")
    model = models.Sequential([layers.Input(problem.shape), _scaling(problem), *hidden, out], name=recipe.model)
    model.compile(
        Adam(recipe.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"], engine=recipe.engine
    )
    return model


def _scaling(problem: Problem) -> Any:
    """Pixels to 0-1; a table's columns to mean 0 and variance 1, as measured on the rows to learn from."""
    if problem.white is not None:
        return layers.Rescaling(1 / problem.white)
    learned = problem.x_train[: len(problem.x_train) - problem.watched]
    return layers.Normalization(mean=learned.mean(0).tolist(), variance=learned.var(0).tolist())


def _flat(problem: Problem) -> list:
    return [layers.Flatten()] if len(problem.shape) > 1 else []


def _logistic(recipe: Recipe, problem: Problem) -> list:
    return _flat(problem)


def _mlp(recipe: Recipe, problem: Problem) -> list:
    return _flat(problem) + [layers.Dense(units, activation="relu") for units in HIDDEN[recipe.data]]


def _cnn(recipe: Recipe, problem: Problem) -> list:
    return [layers.Reshape((*problem.shape, 1)), *tutorial_cnn()]
