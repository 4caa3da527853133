"""Files and runs of earlier versions load, predict and verify: a model whose encoder has format 1, a run, a ladder."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dragonet import datasets, models, runs
from dragonet.runs.verify import verify
from dragonet.studies.run_study import Study

FILES = Path(__file__).with_name("files")
# What the version that wrote the file predicted.
EXPECTED = [[0.446612, 0.315252, 0.238136], [0.385097, 0.251993, 0.36291], [0.187126, 0.140837, 0.672037]]


def test_a_model_whose_encoder_has_format_1_predicts_as_it_did():
    model = models.load_model(FILES / "encoder-format-1.keras")
    rows = pd.DataFrame({"numberToes": [3.0, 7.5, 12.0], "bodyLength": [150.0, 200.0, 280.0]})
    np.testing.assert_allclose(model.predict(rows), EXPECTED, atol=1e-5)


def test_a_run_is_trained_again_with_the_same_numbers(tmp_path):
    shutil.copytree(FILES / "digits-run", tmp_path / "run")
    run = runs.Run.open(tmp_path / "run")
    verdict = verify(run, say=lambda line: None, verbose=0)
    assert verdict.same, str(verdict)


def test_a_run_is_evaluated_and_predicts(tmp_path):
    run = runs.Run.open(FILES / "digits-run")
    assert 0.5 < run.evaluate().accuracy.value <= 1
    (x, _), _ = datasets.digits.load_data()
    np.save(tmp_path / "digits.npy", x[:3])
    assert run.predict(tmp_path / "digits.npy", say=lambda line: None).shape == (3, 10)


def test_a_ladder_of_random_splits_predicts_and_says_that_its_scores_are_of_another_kind(tmp_path):
    study = runs.Run.open(FILES / "dragons-ladder")
    pd.DataFrame({"numberToes": [3.0], "bodyLength": [150.0]}).to_csv(tmp_path / "new.csv", index=False)
    assert isinstance(study, Study) and len(study.predict(tmp_path / "new.csv", say=lambda line: None)) == 1
    for use in (study.evaluate, lambda: verify(study, say=lambda line: None, verbose=0)):
        with pytest.raises(ValueError, match=r"of random splits, by an earlier version.*train anew: dragonet train"):
            use()
