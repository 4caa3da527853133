"""Short trainings, a ladder and a file are the same, bit for bit, as when they were recorded (golden/record.py).

A change of a digest needs a line in CHANGELOG that says why. The native engine's weights are the same on every processor;
XLA's on the recorded version of JAX and kind of processor.
"""

import pytest
from golden import digests, trainings

RECORDED = digests.recorded()


@pytest.mark.parametrize("name", trainings.MODELS)
def test_the_native_engines_weights_are_those_recorded(name):
    assert digests.digest(trainings.weights(name, "native")) == RECORDED["native"][name]


@pytest.mark.parametrize("name", trainings.MODELS)
@pytest.mark.skipif(
    digests.xla_machine() != RECORDED["xla_machine"],
    reason=f"XLA's bits were recorded on {RECORDED['xla_machine']}, and this is {digests.xla_machine()}",
)
def test_xlas_weights_are_those_recorded(name):
    assert digests.digest(trainings.weights(name, "xla")) == RECORDED["xla"][name]


def test_the_scores_of_a_ladder_are_those_recorded():
    assert digests.digest(trainings.dragons_ladder()) == RECORDED["ladder"]


def test_the_members_of_a_file_are_those_recorded(tmp_path):
    assert digests.digest_members(trainings.file_members(tmp_path / "golden.keras")) == RECORDED["members"]
