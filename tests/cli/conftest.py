"""The command, called in this process, and one small run that all tests here may read and none may change."""

import pytest
from typer.testing import CliRunner

from dragonet.cli.app import app


def call(*words):
    """What came of `dragonet WORDS`; an exception that is not answered in a sentence is raised again."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="session")
def dragonet():
    """`dragonet("train", "digits")`."""
    return call


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """(folder, what the terminal showed) of a short training on the digits."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    result = call("train", "digits", "--model", "logistic", "--epochs", 3, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder, result.stdout


@pytest.fixture(scope="session")
def dragons(tmp_path_factory):
    """The folder of a short training on the dragons."""
    folder = tmp_path_factory.mktemp("runs") / "dragons"
    assert call("train", "dragons", "--model", "logistic", "--epochs", 2, "--out", folder).exit_code == 0
    return folder
