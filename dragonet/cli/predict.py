"""dragonet predict: what a run's model says to a user's own rows or image."""

from pathlib import Path
from typing import Annotated

import typer

SHOWN = 20  # rows


def predict(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    file: Annotated[
        Path, typer.Argument(help="Rows as .csv, .tsv, .xlsx, .parquet, .npy, .npz or .h5ad, or one image.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A new .csv file for all rows and all that is said.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Write all columns of the file beside the answers; by default those that say which row it is.",
        ),
    ] = False,
    fill: Annotated[
        bool,
        typer.Option(
            "--fill",
            help="Go on where a column that matters is missing in all rows: the training rows' median is put in.",
        ),
    ] = False,
) -> None:
    """Show the answer and its probability, or the numbers predicted, for each row of a file.

    Of a table the raw rows are taken: columns in any order, with others between them. What is missing is filled and said.
    """
    from dragonet.runs import Run
    from dragonet.studies.prediction import answer_table

    answered = answer_table.of(Run.open(run), file, say=typer.echo, keep=keep, fill=fill)
    for line in answered.lines(SHOWN):
        typer.echo(line)
    if out is not None:
        answered.write(out)
        typer.echo(f"written to {out}")
