"""How the command speaks when something is wrong: one sentence on stderr, exit code 2, no traceback."""

import functools
import warnings
from collections.abc import Callable

import typer

from dragonet import shell

INTERRUPTED = 130  # what shells know as the end by Ctrl-C


def plain(verb: Callable) -> Callable:
    """The verb with mistakes answered in a sentence, warnings as notes, and Ctrl-C heard."""

    @functools.wraps(verb)
    def speak(*args, **kwargs) -> None:
        with warnings.catch_warnings():
            warnings.showwarning = _note
            try:
                verb(*args, **kwargs)
            except BrokenPipeError:  # 'dragonet datasets | head' is no mistake
                raise
            except (ValueError, TypeError, OSError) as failure:
                typer.echo(f"dragonet: {failure}", err=True)
                raise typer.Exit(2) from None
            except KeyboardInterrupt:
                typer.echo("Stopped.", err=True)
                raise typer.Exit(INTERRUPTED) from None

    return speak


def to_its_end(run: object) -> None:
    """Train a run, show its scores and where it is; when Ctrl-C stops it, say how to go on."""
    try:
        scores = run.train(say=typer.echo)
    except KeyboardInterrupt:
        typer.echo(f"Stopped. To go on: dragonet resume {shell.quoted(str(run.folder))}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if getattr(run, "ladder", None) is not None:
        from dragonet import report

        report.write(run)
    show(run, scores)


def show(run: object, scores: object) -> None:
    """The scores of a run, and the files in its folder."""
    for line in scores.lines():
        typer.echo(line)
    names = sorted(path.name for path in run.folder.iterdir() if path.is_file() and not path.name.startswith("."))
    typer.echo(f"run folder         {run.folder}  ({', '.join(names)})")


def _note(message: Warning, *where: object) -> None:
    typer.echo(f"note: {message}", err=True)
