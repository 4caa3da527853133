"""The command with its verbs. What a verb needs is loaded when it runs, so that `dragonet --help` is there at once."""

import io
import sys
from typing import Annotated

import typer

from dragonet.cli import datasets, doctor, evaluate, predict, resume, summary, tensorboard, train, verify
from dragonet.cli.runner import handle_errors

app = typer.Typer(
    name="dragonet",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Neural networks for people who have data and a question. Start with: dragonet train digits",
)

_VERBS = (
    train.train,
    evaluate.evaluate,
    predict.predict,
    resume.resume,
    verify.verify,
    summary.summary,
    tensorboard.tensorboard,
    datasets.datasets,
    doctor.doctor,
)
for _verb in _VERBS:
    app.command()(handle_errors(_verb))


def _version(wanted: bool) -> None:
    if wanted:
        import dragonet

        typer.echo(f"dragonet {dragonet.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """What holds for no verb in particular."""


def main() -> None:
    """What the command `dragonet` runs."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that lacks a sign shows '?' instead of failing
    app()
