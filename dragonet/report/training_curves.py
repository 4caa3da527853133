"""How the candidates that are trained in epochs learned: curves over the splits, and what a diagnosis says of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dragonet import plots
from dragonet.inspect.diagnosis.diagnose_history import Diagnosis
from dragonet.models.fleet import FleetHistory
from dragonet.report.pictures import Picture
from dragonet.report.sections import ReportData
from dragonet.report.similar_sentences import together
from dragonet.training.history import History


@dataclass(frozen=True, eq=False)
class Training:
    """One candidate's trainings: how many, their curves, the diagnosis of the first, and its findings and remarks in words."""

    name: str
    count: int
    curves: list[Picture]
    diagnosis: Diagnosis
    findings: list[str]
    remarks: list[str]


def trainings(report: ReportData) -> list[Training]:
    """The trainings of each candidate that has any, the plainest first."""
    results = []
    for name, histories in report.ladder.histories.items():
        suffix = f"-{name}" if results else ""  # of the names of its pictures
        diagnosis = histories[0].diagnose()
        results.append(
            Training(
                name,
                len(histories),
                _curves(report, histories, suffix),
                diagnosis,
                together(_findings(diagnosis)),
                together(diagnosis.remarks),
            )
        )
    return results


def _curves(report: ReportData, histories: Sequence[History], suffix: str) -> list[Picture]:
    """A picture of the loss and one of each metric."""
    curves = FleetHistory(list(histories)) if len(histories) > 1 else histories[0]
    epochs = [len(history.epoch) for history in histories]
    keep = ", one that has ended keeping its last value" if min(epochs) < max(epochs) else ""
    alt = (
        f"Learning curve of the network, the {{}}: the mean of {len(histories)} trainings in a band of one standard "
        f"deviation, {min(epochs)} to {max(epochs)} epochs long{keep}, training rows beside validation rows."
    )
    names = sorted((name for name in curves.history if not name.startswith("val_")), key="loss".__ne__)
    return [report.picture(f"{name}{suffix}", plots.learning_curves(curves, name), alt.format(name)) for name in names]


def _findings(diagnosis: Diagnosis) -> list[str]:
    """Each finding and what to do about it; the one that is the verdict is not said twice."""
    verdict = diagnosis.verdict
    sentences = [
        finding.suggestion if finding.sentence == verdict else f"{finding.sentence} {finding.suggestion}"
        for finding in diagnosis.findings
    ]
    return [sentence.strip() for sentence in sentences if sentence.strip()]
