"""The kept model's answer over the plane of two columns, where there are just two."""

from typing import Any

import numpy as np

from dragonet import inspect, plots
from dragonet.data.columns.array_scaling import ArrayScaling
from dragonet.report.pictures import Picture, short_names
from dragonet.report.sections import ReportData


def regions(report: ReportData) -> Picture | None:
    """The plane coloured by the answer, with the test rows on it; None where there is no such plane, or too many classes."""
    rows, x = report.rows, report.x
    is_flat = rows.task == "classes" and rows.kind in ("table", "arrays") and x.ndim == 2 and x.shape[1] == 2
    if not (report.learned and is_flat) or len(rows.classes) > len(plots.style.PALETTE):
        return None
    encoder = report.model.encoder
    if isinstance(encoder, ArrayScaling) or (encoder is not None and encoder.names != tuple(x.columns)):
        return None  # numbers that no axis can show, a category, or values that are missing
    points = x.astype(float)
    model = report.model if encoder is None else _OnRawColumns(report.model)
    plane = inspect.decision_regions(model, points, resolution=150)
    names = list(rows.feature_names)
    alt = (
        f"The plane of {names[0]} and {names[1]}, coloured by the model's answer, with the test rows on it; wrong ones are "
        "ringed."
    )
    truth = np.array(rows.classes)[report.y]
    figure = plots.decision_regions(plane, points, truth, short_names(names, 40), classes=short_names(rows.classes))
    return report.picture("regions", figure, alt, points=len(points))


class _OnRawColumns:
    """The model of a table asked with arrays (n, columns) of raw numbers."""

    def __init__(self, model: Any):
        self.model, self.columns, self.classes_ = model, list(model.encoder.names), model.classes_

    def predict(self, x: np.ndarray) -> np.ndarray:
        import pandas as pd

        return self.model.predict(pd.DataFrame(x, columns=self.columns))
