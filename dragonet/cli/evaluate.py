"""dragonet evaluate: the scores of a run's model, on the rows that tested it or on those of another table."""

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="A table of outside rows with the column to predict; for runs on your own data."),
    ] = None,
) -> None:
    """Show how good a run's model is on the test rows, and how sure that is; or on rows that were gathered elsewhere.

    With a file: the scores on its rows, beside the cross-validated ones, and which columns are distributed otherwise.
    """
    from dragonet.cli.runner import show
    from dragonet.runs import Run
    from dragonet.studies import Study

    opened = Run.open(run)
    if file is None:
        show(opened, opened.evaluate())
        return
    if not isinstance(opened, Study):
        raise ValueError(
            f"evaluate takes a file for runs on your own data, but {run} is of the packaged {opened.recipe.data}. "
            "Leave the file out."
        )
    for line in opened.evaluate_outside(file, say=typer.echo).lines():
        typer.echo(line)
