"""dragonet tensorboard: look at what callbacks.TensorBoard wrote."""

import importlib.util
import time
from pathlib import Path
from typing import Annotated

import typer


def tensorboard(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The log_dir of callbacks.TensorBoard.")] = Path("logs"),
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="By default the first free one from 6006 on.")
    ] = None,
) -> None:
    """Show the curves, weights and graphs of trainings in the browser; nobody else in the network can see the page."""
    from dragonet.core import errors

    if not folder.is_dir():
        raise errors.value_error(
            "dragonet tensorboard",
            "the folder that callbacks.TensorBoard(log_dir) wrote to",
            f"{folder}, where there is none",
            f"Write model.fit(..., callbacks=[TensorBoard({str(folder)!r})]) first.",
        )
    if importlib.util.find_spec("tensorboard") is None:
        raise errors.value_error(
            "dragonet tensorboard",
            "the package tensorboard",
            "a Python without it",
            "Install it: pip install 'dragonet[tensorboard]'.",
        )
    typer.echo(f"TensorBoard shows {folder} at {_served(folder, port)} until Ctrl-C.")
    try:
        while True:
            time.sleep(3600)  # which Ctrl-C ends, on every system
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _served(folder: Path, port: int | None) -> str:
    """The address of a server in a thread of this process, on this machine's own address alone."""
    from tensorboard import program

    from dragonet.core import errors

    server = program.TensorBoard()
    chosen = [] if port is None else ["--port", str(port)]
    server.configure(argv=[None, "--logdir", str(folder), "--host", "127.0.0.1", *chosen])
    try:
        return server.launch()
    except program.TensorBoardServerException as failure:
        raise errors.value_error(
            "dragonet tensorboard",
            "a port that is free",
            f"{port or 6006} ({failure})",
            "Leave --port out, and a free one is found.",
        ) from None
