"""dragonet verify: is a run what its record says?"""

from pathlib import Path
from typing import Annotated

import typer


def verify(run: Annotated[Path, typer.Argument(help="The run's folder.")]) -> None:
    """Train a run again in a folder of its own, and compare: exit code 0 for IDENTICAL, 1 for DIFFERENT, and where."""
    from dragonet.runs import Run
    from dragonet.runs.verify import verify as train_again

    verdict = train_again(Run.open(run), say=typer.echo)
    typer.echo(str(verdict))
    if not verdict.same:
        raise typer.Exit(1)
