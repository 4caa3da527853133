"""dragonet summary: the layers of a model."""

from pathlib import Path
from typing import Annotated

import typer


def summary(model: Annotated[Path, typer.Argument(help="A .keras file, or the folder of a run.")]) -> None:
    """Show a model's layers, their output shapes, and how many numbers each has learned."""
    from dragonet.runs import Run

    if model.suffix == ".keras":
        from dragonet.models import load_model

        loaded = load_model(model)
    else:
        loaded = Run.open(model).model()
    loaded.summary(print_fn=typer.echo)
