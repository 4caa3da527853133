"""dragonet verify says IDENTICAL, or what differs; and figures and scores are traced to their run by its id."""

import json
import shutil

import pytest
from PIL import Image

from dragonet.runs import Run
from dragonet.runs.verify import Verdict, verify

SAME = dict.fromkeys(("seed", "data", "versions", "device", "numbers"), "")


@pytest.fixture
def changed(trained, tmp_path):
    """Makes a copy of the run whose record was changed by a function."""

    def copy(change):
        folder = tmp_path / "run"
        shutil.copytree(trained[0], folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        change(config)
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return folder

    return copy


def test_another_seed_and_version_are_named_with_what_they_were_and_are(dragonet, changed):
    def change(config):
        config["recipe"]["seed"], config["versions"]["jax"] = 1, "0.1"

    result = dragonet("verify", changed(change))
    assert result.exit_code == 1
    head, seed, data, versions, device, numbers = result.stdout.splitlines()[-6:]
    assert head == "DIFFERENT"
    assert seed == "  seed      it was 0 and is 1"
    assert data == "  data      the same" and device == "  device    the same"
    assert versions.startswith("  versions  jax was '0.1' and is '0.")
    assert numbers.startswith("  numbers   other weights came out: they differ by up to 0.")


def test_other_data_are_named_although_the_same_weights_come_out(dragonet, changed):
    result = dragonet("verify", changed(lambda config: config["data"].update(sha256="0" * 64)))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()[-6:]
    assert lines[2].startswith("  data      the fingerprint of digits was '000000000000' and is '")
    assert lines[5] == "  numbers   the same"


def test_another_machine_that_makes_the_same_numbers_is_identical_and_said(dragonet, changed):
    def change(config):
        config["machine"]["cores"] = 999
        del config["machine"]["system"]

    result = dragonet("verify", changed(change))
    assert result.exit_code == 0
    head, device = result.stdout.splitlines()[-2:]
    assert head == "IDENTICAL: the same numbers came out, bit for bit, although not all around them is the same:"
    assert device.startswith("  device    cores was 999 and is ") and "system was not recorded and is '" in device


def test_weights_that_were_swapped_for_anothers_are_found(dragonet, changed, dragons):
    folder = changed(lambda config: None)
    shutil.copy(dragons / "model.keras", folder / "model.keras")
    lines = dragonet("verify", folder).stdout.splitlines()
    assert lines[-6] == "DIFFERENT" and lines[-1] == "  numbers   another model came out"
    assert all(line.endswith("the same") for line in lines[-5:-1])


@pytest.mark.parametrize("name", SAME)
def test_only_seed_data_and_numbers_make_a_run_different(name):
    verdict = Verdict(SAME | {name: "it was 1 and is 2"})
    assert verdict.same == (name in ("versions", "device"))
    assert str(verdict).startswith("IDENTICAL" if verdict.same else "DIFFERENT")
    assert f"{name:<8}  it was 1 and is 2" in str(verdict)


def test_pictures_and_scores_carry_the_id_of_their_run(trained):
    folder, _ = trained
    run = Run.open(folder)
    assert len(run.id) == 12 and run.id.isalnum()
    for name in ("curves.png", "confusing.png"):
        with Image.open(folder / name) as picture:
            assert picture.text["Identifier"] == f"dragonet run {run.id}"
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert (scores["run"], scores["seed"], scores["data"]) == (run.id, 0, run.config["data"]["sha256"])


def test_each_run_has_an_id_of_its_own_which_stays_and_decides_no_number(trained, changed):
    run = Run.open(trained[0])
    other = changed(lambda config: config.update(id="another"))
    assert Run.open(other).id == "another" and Run.open(trained[0]).id == run.id
    assert verify(Run.open(other), say=lambda line: None, verbose=0).differences == SAME


def test_a_record_from_before_there_were_ids_is_opened(changed):
    assert len(Run.open(changed(lambda config: config.pop("id"))).id) == 12
