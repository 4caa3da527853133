"""dragonet datasets: what there is to learn from, with no download."""

import typer


def datasets() -> None:
    """List the data sets that are in the package."""
    from dragonet.datasets import CATALOGUE

    width = max(map(len, CATALOGUE)) + 2
    for name, entry in CATALOGUE.items():
        typer.echo(f"{name:<{width}}{entry.about}")
        typer.echo(f"{'':<{width}}{entry.size}; licence: {entry.licence}; {entry.load}")
