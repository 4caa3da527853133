"""The pictures in a run's folder."""

from pathlib import Path
from typing import Any

from dragonet.core.atomic_write import written
from dragonet.runs.problems import Problem


def draw(folder: Path, model: Any, problem: Problem, history: dict[str, list[float]], run: str) -> list[str]:
    """Write the learning curves and, for images, those that confuse the model most; the names of the files.

    Each carries the id of its run, which config.json and scores.json hold as well, so that a picture in a slide can be
    traced to the training that made it: `PIL.Image.open("curves.png").text["Identifier"]` is "dragonet run 5f0c3a91d2e4".
    """
    from dragonet import inspect, plots

    figures = {}
    if history:
        figures["curves.png"] = plots.learning_curves(history)
    if problem.white is not None:
        confusing = inspect.most_confusing(model, problem.x_test, problem.y_test)
        figures["confusing.png"] = plots.most_confusing(confusing, problem.x_test)
    for name, figure in figures.items():
        with written(folder / name) as file:
            figure.savefig(file, format="png", metadata={"Identifier": f"dragonet run {run}"})
    return list(figures)
