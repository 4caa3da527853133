"""dragonet resume: go on with a run that was stopped or killed."""

from pathlib import Path
from typing import Annotated

import typer


def resume(run: Annotated[Path, typer.Argument(help="The run's folder.")]) -> None:
    """Go on with a stopped run; it ends with the very weights of one that was not stopped."""
    from dragonet.cli.runner import train_and_show
    from dragonet.runs import Run

    opened = Run.open(run)
    if opened.finished:
        typer.echo(f"{run} was trained to its end already; to see its scores: dragonet evaluate {run}")
        return
    train_and_show(opened)
