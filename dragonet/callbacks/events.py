"""Events: what TensorBoard reads, written without TensorFlow: figures, histograms, images, a model's graph, hyper-parameters."""

import importlib
import importlib.util
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dragonet.core import atomic_write, errors

_BINS = 30  # of a histogram, as in Keras
_ENLARGED = 8  # pixels to a weight, so that a small kernel can be seen
_MOST = 4096  # weights in an image
_ORDINALS = itertools.count()


class Events:
    """The events of one folder, which TensorBoard shows as one run."""

    def __init__(self, folder: Path):
        from tensorboardX.writer import FileWriter

        # Files are named by the second that they are made in, and read in the order of their names.
        suffix = f".{os.getpid()}.{next(_ORDINALS):06d}"
        self.folder, self._file = folder, FileWriter(folder, filename_suffix=suffix)

    def scalar(self, tag: str, value: float, step: int) -> None:
        """One figure of a curve."""
        from tensorboardX import summary

        self._file.add_summary(summary.scalar(tag, value), step)

    def histogram(self, tag: str, w: np.ndarray, step: int) -> None:
        """How those of the numbers are spread that are finite."""
        from tensorboardX import summary

        finite = w[np.isfinite(w)]
        if finite.size:
            self._file.add_summary(summary.histogram(tag, finite, bins=_BINS), step)

    def image(self, tag: str, w: np.ndarray, step: int) -> None:
        """Weights as an image, black the lowest and white the highest; nothing where they are too many to be seen."""
        from tensorboardX import summary

        sheet = _sheet(w)
        if sheet is None or sheet.size > _MOST or not np.isfinite(sheet).all():
            return
        grey = (sheet - sheet.min()) / (np.ptp(sheet) or 1)
        pixels = np.kron(grey, np.ones((_ENLARGED, _ENLARGED), grey.dtype))
        self._file.add_summary(summary.image(tag, pixels, dataformats="HW"), step)

    def embedding(self, name: str, w: np.ndarray, metadata: str | os.PathLike | None, step: int) -> None:
        """Vectors for the Projector page, a row each; metadata: a file with a word for each row."""
        path = self.folder / f"{name.replace('/', '-')}-{step:05d}.tsv"
        with atomic_write.written(path) as file:
            np.savetxt(file, w, delimiter="\t")
        lines = [f'tensor_name: "{name}:{step:05d}"', f'tensor_path: "{path.name}"']
        if metadata is not None:
            words = self.folder / f"{path.stem}-metadata.tsv"  # TensorBoard opens no file outside the folder
            shutil.copyfile(metadata, words)
            lines.append(f'metadata_path: "{words.name}"')
        with (self.folder / "projector_config.pbtxt").open("a", encoding="utf-8") as file:
            file.write("embeddings {\n  " + "\n  ".join(lines) + "\n}\n")

    def graph(self, model_json: str) -> None:
        """The model's layers, as Keras writes them for TensorBoard's Graphs page."""
        summary, tensor, types = (_protocol(name) for name in ("summary", "tensor", "types"))
        plugin = summary.SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        text = tensor.TensorProto(dtype=types.DT_STRING, string_val=[model_json.encode()])
        value = summary.Summary.Value(tag="keras", metadata=summary.SummaryMetadata(plugin_data=plugin), tensor=text)
        self._file.add_summary(summary.Summary(value=[value]), 0)

    def hyper_parameters(self, settings: dict[str, Any], metrics: list[tuple[str, str]]) -> None:
        """What the run was trained with, and as (sub-folder, tag) the figures to compare runs by."""
        api, hparams, summary = (_protocol(name) for name in ("api", "plugin_hparams", "summary"))
        start = hparams.SessionStartInfo()
        kinds = {str: api.DATA_TYPE_STRING, bool: api.DATA_TYPE_BOOL}
        for name, value in settings.items():
            field = {str: "string_value", bool: "bool_value"}.get(type(value), "number_value")
            setattr(start.hparams[name], field, value)
        infos = [
            api.HParamInfo(name=name, type=kinds.get(type(value), api.DATA_TYPE_FLOAT64))
            for name, value in settings.items()
        ]
        names = [api.MetricInfo(name=api.MetricName(group=group, tag=tag)) for group, tag in metrics]
        for tag, fields in (
            ("experiment", {"experiment": api.Experiment(hparam_infos=infos, metric_infos=names)}),
            ("session_start_info", {"session_start_info": start}),
        ):
            content = hparams.HParamsPluginData(version=0, **fields).SerializeToString()
            plugin = summary.SummaryMetadata.PluginData(plugin_name="hparams", content=content)
            metadata = summary.SummaryMetadata(plugin_data=plugin)
            value = summary.Summary.Value(tag=f"_hparams_/{tag}", metadata=metadata)
            self._file.add_summary(summary.Summary(value=[value]), 0)

    def flush(self) -> None:
        """What was written can be read now."""
        self._file.flush()

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


def make_run_folder(log_dir: str | os.PathLike) -> str:
    """Make the folder of a new run and return its name: the first of '', 'run-2', ... in log_dir that no run has yet.

    Making the folder reserves the name, so two processes never share it.
    """
    Path(log_dir).mkdir(parents=True, exist_ok=True)
    for run in _run_names():
        try:
            Path(log_dir, run, "train").mkdir(parents=True)
        except FileExistsError:
            continue
        return run
    raise AssertionError


def last_run(log_dir: str | os.PathLike) -> str | None:
    """The name of the last run in log_dir; None where there is none."""
    runs = list(itertools.takewhile(lambda run: Path(log_dir, run, "train").is_dir(), _run_names()))
    return runs[-1] if runs else None


def _run_names() -> Iterator[str]:
    yield ""
    yield from (f"run-{n}" for n in itertools.count(2))


def check_installed(who: str) -> None:
    """Raises ImportError, which names the extra, where what writes events is not installed."""
    if importlib.util.find_spec("tensorboardX") is None:
        instead = "Install it: pip install 'dragonet[tensorboard]'."
        raise ImportError(errors.sentence(who, "the package tensorboardX", "a Python without it", instead))


def _protocol(name: str) -> ModuleType:
    """The messages of TensorBoard's files, by the name of their definition."""
    return importlib.import_module(f"tensorboardX.proto.{name}_pb2")


def _sheet(w: np.ndarray) -> np.ndarray | None:
    """Weights as a plane: a bias is a row, a convolution's kernels lie side by side, with a line between them."""
    if w.ndim == 1:
        return w[None]
    if w.ndim == 2:
        return w.T if w.shape[0] > w.shape[1] else w
    if w.ndim == 3:  # (width, channels, kernels)
        w = w[None]
    if w.ndim != 4:
        return None
    height, width, inputs, kernels = w.shape
    lined = np.full((inputs, height + 1, kernels, width + 1), w.min(), w.dtype)
    lined[:, :height, :, :width] = w.transpose(2, 0, 3, 1)
    return lined.reshape(inputs * (height + 1), kernels * (width + 1))[:-1, :-1]
