"""dragonet doctor: is everything here, and does it learn?"""

import typer


def doctor() -> None:
    """Check the installation: Python, notebooks, versions, devices, and whether it learns as it should."""
    from dragonet.runs import doctor as examination

    well = True
    for finding in examination.examine():
        typer.echo(f"{finding.about:<10} {'' if finding.well else 'NOT WELL: '}{finding.result}")
        for line in finding.fix:
            typer.echo(f"{'':<10} {line}")
        well = well and finding.well
    typer.echo("All is well." if well else "Something is not well: see above.")
    if not well:
        raise typer.Exit(1)
