"""dragonet train: learn a packaged data set with one of the tutorials' networks, or ask a question of one's own data."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    data: Annotated[
        str,
        typer.Argument(
            help="mnist, digits or dragons (see: dragonet datasets), or your own: a table (.csv, .tsv, .xlsx, .parquet) with "
            "--target, "
            "arrays (.npz, .npy, .h5ad), or a folder with a folder of pictures for each class.",
        ),
    ],
    target: Annotated[list[str] | None, typer.Option(help="The column to predict; again for more of them.")] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            help="The column that says which rows belong together, such as all of one patient: they are never split up."
        ),
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The column to split by: each model is tested with what comes later.")
    ] = None,
    folds_from: Annotated[
        str | None,
        typer.Option(help="The column with your own folds: rows with the same value are tested together."),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A column to leave out; again for more.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=KIND",
            help="Sets a column's kind: number, category, yes/no, date, text or identifier; again for more.",
        ),
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="A value that stands for a missing one, such as -999; or NAME=-999 for one column; again for more.",
        ),
    ] = None,
    x: Annotated[str | None, typer.Option(help="In an .npz: the array to learn from.")] = None,
    y: Annotated[str | None, typer.Option(help="In an .npz: the array to predict; beside an .npy: its file.")] = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many times the rows are cut into folds anew; by default 2.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Folds of the cross-validation; by default 5, or 3 with fewer than 10 groups.")
    ] = None,
    equal: Annotated[
        float | None,
        typer.Option(help="The difference of scores that counts as none; by default 0.01: 1 point, or 0.01 of R²."),
    ] = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="Classes count the same, however many rows they have.")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            help="One model in place of the ladder: logistic (regression); mlp (hidden layers: on mnist the tutorial's 784-50-10, "
            "on digits 64-50-10, on dragons 2-10-20-1000-3, on your own data 100 units); cnn (for images and series). By "
            "default cnn for mnist, mlp for digits and dragons, the whole ladder for your own data.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Rounds over the data; by default 3 for mnist (the tutorial takes 20), 20 for digits, 25 for dragons; on your own "
            "data at most 300, and fewer where validation says so.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The run's new folder; by default runs/DATA-MODEL-N, or -TARGET-N.")
    ] = None,
    engine: Annotated[str, typer.Option(help="auto, native or xla: what computes.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu, gpu or tpu: where; for the packaged data.")] = "auto",
) -> None:
    """Train, say how sure the score is, and keep everything in a run folder.

    On your own data: the simplest guess, a linear model and a small network, cross-validated, and a verdict whether the
    network helps, with a report to keep (report.html).
    """
    from dragonet.cli.runner import train_and_show
    from dragonet.runs import Run

    own: dict[str, Any] = {
        "target": tuple(target or ()),
        "groups": groups,
        "time": time,
        "folds_from": folds_from,
        "drop": tuple(drop or ()),
        "columns": _kinds(column or []),
        "missing": tuple(missing or ()),
        "x": x,
        "y": y,
        "seeds": seeds,
        "folds": folds,
        "balance": balance,
        "equal": equal,
    }
    options = [name for name, value in own.items() if value]
    if _is_own(data, bool(own["target"])):
        from dragonet.studies import Question, Study

        question = Question(data, **own, model=model, epochs=epochs, seed=seed, engine=engine)
        if device not in ("auto", "cpu"):
            raise ValueError(f"A ladder is trained on the processor, not on the device {device!r}. Leave --device out.")
        train_and_show(Study.create(question, out))
        return
    from dragonet.runs import Recipe

    recipe = Recipe.of(data, model, epochs, seed=seed, engine=engine, device=device)
    if options:
        instead = " For the ladder write: dragonet train dragons --target color." if data == "dragons" else ""
        raise ValueError(
            f"--{'column' if options[0] == 'columns' else options[0].replace('_', '-')} is for your own data, not for the packaged "
            f"{data}.{instead}"
        )
    train_and_show(Run.create(recipe, out))


def _is_own(data: str, has_target: bool) -> bool:
    """Whether it is a user's own data, or a packaged table that a question is asked of; not a misspelt packaged name."""
    from dragonet.runs.recipe import USUAL
    from dragonet.studies.sources import TABLES

    if data in USUAL:
        return has_target and data in TABLES
    return Path(data).exists() or has_target or bool(Path(data).suffix) or os.sep in data or "/" in data


def _kinds(columns: list[str]) -> dict[str, str]:
    """{'zip': 'category'} of ['zip=category']."""
    kinds = {}
    for text in columns:
        name, equals, kind = text.rpartition("=")
        if not equals or not name:
            raise ValueError(f"--column needs NAME=KIND, such as zip=category, but got {text!r}.")
        kinds[name] = kind
    return kinds
