"""dragonet evaluate: the test accuracy of a run's model."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate(run: Annotated[Path, typer.Argument(help="The run's folder.")]) -> None:
    """Show how good a run's model is on the test rows, and how sure that is."""
    from dragonet.cli.runner import show
    from dragonet.runs import Run

    opened = Run.open(run)
    show(opened, opened.evaluate())
