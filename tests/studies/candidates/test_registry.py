"""The registry: its order, and what it refuses."""

import pytest
from helpers.nearest_neighbours import NearestNeighbours, registered

from dragonet.studies import candidates


def test_a_candidate_stands_where_it_is_put_and_goes_again():
    before = [candidate.name for candidate in candidates.registered()]
    with registered():
        names = [candidate.name for candidate in candidates.registered()]
        assert names == ["majority", "mean", "linear", "logistic", "neighbours", "trees", "mlp", "cnn"]
        with pytest.raises(ValueError, match=r"register needs a name that no candidate has, but got 'neighbours'\."):
            candidates.register(NearestNeighbours())
    assert [candidate.name for candidate in candidates.registered()] == before


def test_without_a_place_it_is_the_most_complex():
    candidates.register(NearestNeighbours())
    assert candidates.registered()[-1].name == "neighbours"
    candidates.unregister("neighbours")


def test_names_that_are_not_there_are_named():
    with pytest.raises(ValueError, match=r"There is no candidate 'mpl'\. Did you mean 'mlp'\?"):
        candidates.register(NearestNeighbours(), after="mpl")
    with pytest.raises(ValueError, match="There is no candidate 'neighbours'"):
        candidates.unregister("neighbours")
