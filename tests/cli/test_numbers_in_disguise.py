"""Numbers in disguise, codes for missing values and workbooks, from the command line to the answers for new rows."""

import json

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def run(dragonet, tmp_path_factory):
    """(folder of the run, what the terminal showed) of a workbook with prices, weights in two units, and codes."""
    folder = tmp_path_factory.mktemp("disguise")
    draw = np.random.default_rng(0)
    n = 80
    price, weight, age = (
        draw.uniform(1000, 5000, n).round(),
        draw.uniform(1, 9, n).round(1),
        draw.uniform(20, 80, n).round(),
    )
    age[::10] = -999
    pd.DataFrame(
        {
            "price": [f"${v:,.0f}" for v in price],
            "weight": [f"{v:.1f} kg" if i % 3 else f"{1000 * v:.0f} g" for i, v in enumerate(weight)],
            "age": age,
            "y": np.where(price + draw.normal(0, 200, n) > 3000, "dear", "cheap"),
        }
    ).to_excel(folder / "t.xlsx", index=False)
    words = ("--model", "logistic", "--seeds", 2, "--epochs", 3, "--missing", "-999")
    result = dragonet("train", folder / "t.xlsx", "--target", "y", *words, "--out", folder / "run")
    assert result.exit_code == 0, result.output
    return folder / "run", result.stdout


def test_it_is_said(run):
    assert "'age' has 8 cells of -999, taken as missing." in run[1]
    assert "Read as numbers: 'price' ($" in run[1] and "'weight' (" in run[1]
    record = json.loads((run[0] / "config.json").read_text(encoding="utf-8"))
    assert record["question"]["missing"] == ["-999"] and "-999" in record["command"]


def test_new_rows_are_read_in_the_same_way(dragonet, run, tmp_path):
    written = {"disguise": ["$4,000", "2 kg", -999], "grams": ["4000", "2000 g", ""], "plain": [4000, 2, np.nan]}
    answers = {}
    for name, cells in written.items():
        path = tmp_path / f"{name}.xlsx" if name == "disguise" else tmp_path / f"{name}.csv"
        frame = pd.DataFrame([cells], columns=["price", "weight", "age"])
        frame.to_excel(path, index=False) if name == "disguise" else frame.to_csv(path, index=False)
        result = dragonet("predict", run[0], path)
        assert result.exit_code == 0, result.output
        answers[name] = next(line for line in result.stdout.splitlines() if line.startswith("row "))
    assert answers["disguise"] == answers["grams"] == answers["plain"]  # a bare number is in the commonest unit, kg
