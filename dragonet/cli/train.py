"""dragonet train: learn a packaged data set with one of the tutorials' networks."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    data: Annotated[str, typer.Argument(help="mnist, digits or dragons; see: dragonet datasets")],
    model: Annotated[str | None, typer.Option(
        help="logistic (regression); mlp (hidden layers: on mnist the tutorial's 784-50-10, on digits 64-50-10, on "
             "dragons 2-10-20-1000-3); cnn (the tutorial's, with dropout). By default cnn for mnist, else mlp.",
    )] = None,
    epochs: Annotated[int | None, typer.Option(
        help="Rounds over the data; by default 3 for mnist (the tutorial takes 20), 20 for digits, 25 for dragons.",
    )] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The run's new folder; by default runs/DATA-MODEL-N.")] = None,
    engine: Annotated[str, typer.Option(help="auto, native or xla: what computes.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or tpu: where.")] = "auto",
) -> None:
    """Train a network, show how sure its accuracy is, and keep everything in a run folder."""
    from dragonet.cli.voice import to_its_end
    from dragonet.experiment import Recipe, Run

    to_its_end(Run.create(Recipe.of(data, model, epochs, seed=seed, engine=engine, device=device), out))
