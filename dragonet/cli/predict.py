"""dragonet predict: what a run's model says to a user's own rows or image."""

from pathlib import Path
from typing import Annotated

import typer

SHOWN = 20  # rows


def predict(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    file: Annotated[Path, typer.Argument(help="Rows as .csv, .tsv, .xlsx, .parquet, .npy or .npz, or one image.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A new .csv file for all rows and all that is said.")] = None,
) -> None:
    """Show the answer and its probability, or the numbers predicted, for each row of a file.

    Of a table the raw rows are taken: columns in any order, with others between them.
    """
    from dragonet.experiment import Run, answers

    answered = answers.of(Run.open(run), file, say=typer.echo)
    for line in answered.lines(SHOWN):
        typer.echo(line)
    if out is not None:
        answered.write(out)
        typer.echo(f"written to {out}")
