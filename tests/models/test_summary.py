"""summary: what a trained model's optimizer keeps is counted as in Keras."""

import numpy as np
import pytest

from dragonet import Input, Sequential, layers, optimizers


@pytest.mark.parametrize(("optimizer", "numbers"), [(optimizers.Adam(), 2 * 9 + 2), (optimizers.SGD(), 2)])
def test_the_optimizers_numbers_are_counted_once_it_has_some(optimizer, numbers):
    model = Sequential([Input((2,)), layers.Dense(3)])
    model.compile(optimizer, "mse", engine="xla")

    def lines():
        said: list[str] = []
        model.summary(print_fn=said.append)
        return [line.strip() for text in said for line in text.splitlines()]

    assert not any(line.startswith("Optimizer params") for line in lines())
    model.fit(np.zeros((4, 2)), np.zeros((4, 3)), verbose=0, preflight=False)
    assert any(line.startswith(f"Optimizer params: {numbers} ") for line in lines()), lines()
