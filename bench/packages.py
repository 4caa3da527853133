"""Packages that sit on Keras, tried with dragonet: `python bench/packages.py` writes results/packages.md (offline; two minutes).

In an environment of its own: pip install scikeras keras-tuner livelossplot lime shap visualkeras netron wandb mlflow-skinny
datasets pyarrow polars torch, and -e .
"""

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RESULT = Path(__file__).parent / "results" / "packages.md"

# What each piece begins with, and the pieces: package, what is tried, code.
START = """
import numpy as np
import dragonet
{alias}
from dragonet import layers
x = np.random.default_rng(0).normal(size=(48, 4)).astype("float32")
y = (x[:, 0] > 0).astype("int64")
def make(**_):
    hidden, out = layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")
    model = dragonet.Sequential([dragonet.Input((4,)), hidden, out])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
"""
KERAS = "dragonet.as_keras()"
TENSORFLOW = 'dragonet.as_keras("tensorflow.keras")'
LISTED = """
class Batches:
    def __init__(self, pairs): self.pairs = pairs
    def __iter__(self): return iter(self.pairs)
"""
BATCHES = "model = make(); h = model.fit({batches}, epochs=2, verbose=0); assert np.isfinite(h.history['loss'][-1])"

PIECES: list[tuple[str, str, str, str]] = [
    ("scikeras", "KerasClassifier in cross_val_score", KERAS, """
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import cross_val_score
scores = cross_val_score(KerasClassifier(make, epochs=2, verbose=0), x, y, cv=2)
assert scores.shape == (2,) and np.isfinite(scores).all()
"""),
    ("keras-tuner", "RandomSearch of two trials", KERAS, """
import keras_tuner
def build(hp):
    hidden = layers.Dense(hp.Int("units", 4, 8, step=4), activation="relu")
    model = dragonet.Sequential([hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(dragonet.optimizers.Adam(hp.Choice("rate", [1e-2, 1e-3])), "binary_crossentropy", metrics=["accuracy"])
    return model
tuner = keras_tuner.RandomSearch(build, objective="val_accuracy", max_trials=2, directory="t", project_name="p")
tuner.search(x, y, epochs=1, validation_data=(x, y), verbose=0)
assert tuner.get_best_models()[0].predict(x, verbose=0).shape == (48, 1)
"""),
    ("livelossplot", "PlotLossesKeras", TENSORFLOW, """
import matplotlib; matplotlib.use("agg")
from livelossplot import PlotLossesKerasTF
from livelossplot.outputs import ExtremaPrinter
make().fit(x, y, epochs=2, validation_data=(x, y), callbacks=[PlotLossesKerasTF(outputs=[ExtremaPrinter()])], verbose=0)
"""),
    ("lime", "LimeTabularExplainer", "", """
from lime.lime_tabular import LimeTabularExplainer
model = make(); model.fit(x, y, epochs=2, verbose=0)
def both(rows):
    p = model.predict(rows, verbose=0)
    return np.hstack([1 - p, p])
assert len(LimeTabularExplainer(x, mode="classification").explain_instance(x[0], both, num_samples=100).as_list()) == 4
"""),
    ("shap", "KernelExplainer, PermutationExplainer, SamplingExplainer", "", """
import shap
model = make(); model.fit(x, y, epochs=2, verbose=0)
f = lambda rows: model.predict(rows, verbose=0)[:, 0]
for values in (
    shap.KernelExplainer(f, x[:8]).shap_values(x[:2], silent=True),
    shap.PermutationExplainer(f, x[:8])(x[:2], silent=True).values,
    shap.SamplingExplainer(f, x[:8]).shap_values(x[:2], silent=True),
):
    assert np.shape(values) == (2, 4)
    np.testing.assert_allclose(np.sum(values, 1), f(x[:2]) - f(x[:8]).mean(), atol=0.05)
"""),
    ("visualkeras", "graph_view, which reads Keras's private graph (layered_view fails on Keras 3 too)", KERAS, """
import visualkeras
assert visualkeras.graph_view(make()).size[0] > 10
"""),
    ("netron", "its reader opens a .keras file", "", """
import netron, urllib.request
model = make(); model.save("m.keras")
address = netron.start("m.keras", browse=False)
port = address[1] if isinstance(address, tuple) else address
assert urllib.request.urlopen(f"http://localhost:{port}/data/m.keras").read()[:2] == b"PK"
netron.stop()
"""),
    ("wandb", "WandbMetricsLogger, offline", TENSORFLOW, """
import wandb
from wandb.integration.keras import WandbMetricsLogger
run = wandb.init(mode="offline", project="p", dir=".")
make().fit(x, y, epochs=2, validation_data=(x, y), callbacks=[WandbMetricsLogger()], verbose=0)
run.finish()
"""),
    ("mlflow-skinny", "MlflowCallback, in a file", KERAS, """
import os
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow, pathlib
from mlflow.keras.callback import MlflowCallback
mlflow.set_tracking_uri(pathlib.Path("runs").absolute().as_uri())
with mlflow.start_run() as run:
    make().fit(x, y, epochs=2, callbacks=[MlflowCallback(run)], verbose=0)
assert "loss" in mlflow.get_run(run.info.run_id).data.metrics
"""),
    ("torch", "a DataLoader into fit, evaluate, predict", "", """
import torch
from torch.utils.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=8, shuffle=True)
""" + BATCHES.format(batches="loader") + """
model.evaluate(loader, verbose=0)
assert model.predict(loader, verbose=0).shape == (48, 1)
"""),
    ("datasets", "Dataset.iter(batch_size) as batches", "", """
from datasets import Dataset
table = Dataset.from_dict({"x": x, "y": y}).with_format("numpy")
class Batches:
    def __iter__(self): return ((rows["x"], rows["y"]) for rows in table.iter(8))
""" + BATCHES.format(batches="Batches()") + "\n"),
    ("pyarrow", "a table's record batches", "", LISTED + """
import pyarrow
table = pyarrow.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "d": x[:, 3], "y": y})
pairs = [(b.drop_columns(["y"]).to_pandas(), b["y"].to_numpy()) for b in table.to_batches(8)]
""" + BATCHES.format(batches="Batches(pairs)") + "\n"),
    ("polars", "frames whole, and as batches", "", LISTED + """
import polars
frame = polars.DataFrame(x, schema=["a", "b", "c", "d"], orient="row")
make().fit(frame, polars.Series(y), epochs=1, verbose=0)
pairs = [(part.drop("y"), part["y"]) for part in frame.with_columns(y=polars.Series(y)).iter_slices(8)]
""" + BATCHES.format(batches="Batches(pairs)") + "\n"),
]  # fmt: skip


def run(package: str, alias: str, code: str) -> str:
    """'works', or the last line of what went wrong."""
    environment = {
        **os.environ,
        "WANDB_MODE": "offline",
        "HF_HUB_OFFLINE": "1",
        "DRAGONET_CACHE": "off",
        "WANDB_SILENT": "true",
    }
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-W", "ignore", "-c", START.format(alias=alias) + code]
        try:
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired:
            return "took more than five minutes"
    print(package, "works" if done.returncode == 0 else done.stderr[-3000:], flush=True)
    return "works" if done.returncode == 0 else done.stderr.strip().splitlines()[-1][:200].replace("|", "/")


def main() -> None:
    lines = ["# Packages that sit on Keras, with dragonet", "", "By `bench/packages.py`.", ""]
    lines += ["| package | version | what is tried | line before | |", "| --- | --- | --- | --- | --- |"]
    for package, what, alias, code in PIECES:
        if sys.argv[1:] and package not in sys.argv[1:]:
            continue
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = "not installed"
        lines.append(
            f"| {package} | {version} | {what} | {f'`{alias}`' if alias else ''} | {run(package, alias, code)} |"
        )
    if not sys.argv[1:]:
        RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
