"""How many processors a process may use is told by the system, held in facts and in a run's record."""

import os

import numpy as np
import pytest

import dragonet as dn
from dragonet.engines.base import processors
from dragonet.runs import environment


@pytest.fixture
def three(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2, 5}, raising=False)


def test_those_of_the_process_count_and_not_those_of_the_machine(three, monkeypatch):
    assert processors() == 3 == environment.machine()["cores"]
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert processors() == 12
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processors() == 1


def test_a_training_s_facts_hold_them(three):
    model = dn.Sequential([dn.Input((2,)), dn.layers.Dense(1)])
    model.compile("sgd", "mse", engine="xla")
    assert model.fit(np.ones((8, 2)), np.ones(8), verbose=0).facts["processors"] == 3
