"""The pictures in a run's folder."""

from pathlib import Path
from typing import Any

from dragonet.aside import written
from dragonet.experiment.problems import Problem


def draw(folder: Path, model: Any, problem: Problem, history: dict[str, list[float]]) -> list[str]:
    """Write the learning curves and, for images, those that confuse the model most; the names of the files."""
    from dragonet import inspect, plots

    figures = {}
    if history:
        figures["curves.png"] = plots.learning_curves(history)
    if problem.white is not None:
        found = inspect.most_confusing(model, problem.x_test, problem.y_test)
        figures["confusing.png"] = plots.most_confusing(found, problem.x_test)
    for name, figure in figures.items():
        with written(folder / name) as file:
            figure.savefig(file, format="png")
    return list(figures)
