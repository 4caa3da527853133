"""The tutorial's convolutional network, as long as the tutorial trains it."""

import pytest

from dragonet.runs import Recipe, Run


@pytest.mark.tutorial
def test_twenty_epochs_reach_the_tutorials_accuracy(tmp_path):
    scores = Run.create(Recipe.of("mnist", epochs=20), tmp_path / "run").train(verbose=2)
    assert scores.accuracy.value >= 0.990
    assert scores.learned > scores.learning  # dropout off, dropout on
