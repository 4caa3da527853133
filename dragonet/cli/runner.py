"""How a verb runs: an error is one sentence on stderr, exit code 2 (1 where it is no mistake of the user's), no traceback."""

import functools
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from dragonet.core import errors, shell

if TYPE_CHECKING:
    from dragonet.runs import Run

INTERRUPTED = 130  # what shells know as the end by Ctrl-C


class HasLines(Protocol):
    """The scores of a run or of a ladder."""

    def lines(self) -> list[str]:
        """What a terminal shows."""
        ...


def handle_errors(verb: Callable) -> Callable:
    """The verb with mistakes answered in a sentence, warnings as notes, and Ctrl-C heard."""

    @functools.wraps(verb)
    def run_verb(*args, **kwargs) -> None:
        with warnings.catch_warnings():
            warnings.showwarning = _note
            try:
                verb(*args, **kwargs)
            except BrokenPipeError:  # 'dragonet datasets | head' is no mistake
                raise
            except (ValueError, TypeError, ImportError, OSError) as failure:
                raise _exit(_sentence(failure), 2) from None
            except MemoryError as failure:
                reason = errors.reason(failure)
                more = "" if reason == "MemoryError" else f" ({reason})"
                raise _exit(f"This needs more memory than there is{more}.", 1) from None
            except KeyboardInterrupt:
                typer.echo("Stopped.", err=True)
                raise typer.Exit(INTERRUPTED) from None
            except (typer.Exit, typer.Abort):
                raise
            except Exception as failure:
                raise _exit(_unexpected(failure), 1) from None

    return run_verb


def _exit(sentence: str, code: int) -> typer.Exit:
    typer.echo(f"dragonet: {sentence}", err=True)
    return typer.Exit(code)


def _sentence(failure: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(failure, OSError) and failure.filename is not None and failure.strerror:
        return f"{str(failure.filename)!r} cannot be read or written: {failure.strerror}."
    return " ".join(str(failure).split()) or _unexpected(failure)


def _unexpected(failure: Exception) -> str:
    """A sentence about a mistake of dragonet's own, with what is needed to find it."""
    where = traceback.extract_tb(failure.__traceback__)[-1]
    return (
        f"Something went wrong that is no mistake of yours: {type(failure).__name__} ({errors.reason(failure)}) in "
        f"{Path(where.filename).name}, line {where.lineno}. Please report this line."
    )


def train_and_show(run: "Run") -> None:
    """Train a run, show its scores and where it is; when Ctrl-C stops it, say how to go on."""
    try:
        scores = run.train(say=typer.echo)
    except KeyboardInterrupt:
        typer.echo(f"Stopped. To go on: dragonet resume {shell.quoted(str(run.folder))}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    run.write_report()
    show(run, scores)


def show(run: "Run", scores: HasLines) -> None:
    """The scores of a run, and the files in its folder."""
    for line in scores.lines():
        typer.echo(line)
    names = sorted(path.name for path in run.folder.iterdir() if path.is_file() and not path.name.startswith("."))
    typer.echo(f"run folder         {run.folder}  ({', '.join(names)})")


def _note(message: Warning | str, *where: object) -> None:
    typer.echo(f"note: {message}", err=True)
