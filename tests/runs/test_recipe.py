"""Recipes: the tutorials' numbers, and networks of the tutorials' sizes."""

import pytest

from dragonet.runs import architectures, problems
from dragonet.runs.recipe import USUAL, Recipe


@pytest.mark.parametrize(
    ("data", "model", "parameters"),
    [
        ("mnist", "logistic", 7_850),
        ("mnist", "mlp", 39_760),
        ("mnist", "cnn", 46_592),
        ("digits", "mlp", 3_760),
        ("dragons", "mlp", 24_253),
        ("dragons", "logistic", 9),
    ],
)
def test_networks_have_the_sizes_of_the_tutorials(data, model, parameters):
    problem = problems.load(data, seed=0)
    built = architectures.build(Recipe.of(data, model), problem)
    assert sum(w.size for w in built.get_weights()) == parameters
    assert built.input_shape == (None, *problem.shape)


def test_the_usual_recipes_are_the_tutorials():
    assert Recipe.of("mnist") == Recipe("mnist", "cnn", epochs=3, batch_size=32, learning_rate=1e-3)
    assert Recipe.of("dragons") == Recipe("dragons", "mlp", epochs=25, batch_size=1, learning_rate=2e-4)


def test_every_data_set_of_a_recipe_can_be_loaded():
    assert USUAL.keys() == problems._LOADERS.keys()
