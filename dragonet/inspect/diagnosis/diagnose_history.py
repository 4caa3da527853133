"""The diagnosis of a training in sentences, from its curves and facts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dragonet.core import arguments, errors
from dragonet.inspect.diagnosis.evidence import Evidence, slope, tail
from dragonet.inspect.diagnosis.faults_of_data import (
    imbalance,
    label_noise,
    noise_only,
    single_class,
    validation_above_training,
    validation_as_test,
)
from dragonet.inspect.diagnosis.faults_of_learning import (
    not_finite,
    overfitting,
    plateau,
    too_few_epochs,
)
from dragonet.inspect.diagnosis.faults_of_rate import rate_too_high, rate_too_low
from dragonet.inspect.diagnosis.faults_of_targets import (
    accuracy_of_numbers,
    not_probabilities,
    target_scale,
    unreachable_targets,
)
from dragonet.inspect.diagnosis.findings import Finding
from dragonet.training.history import History

_TARGETS = ("target scale", "unreachable targets", "outputs are not probabilities")
_STUCK = (*_TARGETS, "not finite", "learning rate too high", "plateau", "learning rate too low")
Rule = Callable[[Evidence], Finding | None]

# In the order of importance. A rule is skipped after a finding of one of the kinds listed with it, which explains the same signs.
RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (target_scale, ()),
    (unreachable_targets, ()),
    (not_probabilities, ()),
    (rate_too_high, _TARGETS),
    (not_finite, ("target scale", "outputs are not probabilities")),
    (plateau, (*_TARGETS, "not finite", "learning rate too high")),
    (rate_too_low, _STUCK),
    (noise_only, _STUCK),
    (single_class, _STUCK),
    (overfitting, (*_STUCK, "noise only", "one class predicted")),
    (label_noise, (*_STUCK, "noise only")),
    (too_few_epochs, (*_STUCK, "noise only", "overfitting")),
    (imbalance, _STUCK),
    (validation_above_training, (*_STUCK, "noise only", "too few epochs")),
    (validation_as_test, ()),
    (accuracy_of_numbers, ()),
)


@dataclass(frozen=True)
class Diagnosis:
    """The findings of a training, the most important first; `print` shows them as sentences.

    verdict: the diagnosis in one sentence. findings: none for a healthy training. figures: best_epoch, best_val_loss,
    last_epoch, last_val_loss, gap (validation loss minus training loss at the end; the training loss of callbacks.Evaluate
    where it was measured) and slope (change of the validation loss per epoch after its minimum), where there are validation
    data. remarks: warnings given in training, and what these curves cannot show.
    """

    verdict: str
    findings: tuple[Finding, ...]
    figures: dict[str, Any]
    remarks: tuple[str, ...]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __bool__(self) -> bool:
        """True, also without findings."""
        return True

    @property
    def kinds(self) -> list[str]:
        """The kind of each finding."""
        return [finding.kind for finding in self.findings]

    def __str__(self) -> str:
        figures = [_figures_text(self.figures)] if self.figures else []
        advice = [f"What to do: {self.findings[0].suggestion}"] if self.findings and self.findings[0].suggestion else []
        others = [str(finding) for finding in self.findings[1:]]
        return "\n".join([self.verdict, *advice, *others, *figures, *self.remarks])

    __repr__ = __str__


def _figures_text(figures: dict[str, Any]) -> str:
    is_last = figures["best_epoch"] == figures["last_epoch"]
    since = (
        ", the last one." if is_last else " of {last_epoch}; since then {slope:+.2g} per epoch, to {last_val_loss:.4g}."
    )
    side = "above" if figures["gap"] > 0 else "below"
    text = "Lowest validation loss: {best_val_loss:.4g} in epoch {best_epoch}" + since
    return (text + f" At the end it is {abs(figures['gap']):.2g} {side} the training loss.").format(**figures)


@arguments.leaving("history")
def diagnose(history: History) -> Diagnosis:
    """What went well or wrong in a training, as findings with their evidence, a sentence and a suggestion.

    history: the result of `fit`. The rules recognize: targets on a scale that is hard to learn, targets that the last layer
    cannot reach, outputs that are not the probabilities that a loss needs, accuracy of numbers; learning rate too high or too
    low, loss not finite, plateau, noise only, overfitting, label noise, too few epochs, one class predicted, imbalance,
    validation above training, test set used for selection. They cannot show that a training is good: when the features contain
    the target, the curves look healthy, and without validation data most faults are invisible, as the remarks say. Signs of
    wrong labels may also come from overlapping classes. How often the rules are right: bench/results/diagnosis.md.
    Raises TypeError for anything but the History of one training, ValueError for one without an epoch.

    >>> from dragonet.callbacks import History
    >>> history = History()
    >>> for epoch, (loss, val_loss) in enumerate([(2.0, 2.0), (1.0, 1.2), (0.5, 1.1), (0.3, 1.3), (0.2, 1.5), (0.1, 1.7)]):
    ...     history.append(epoch, {"loss": loss, "val_loss": val_loss})
    >>> diagnose(history).findings[0].kind, diagnose(history).figures["best_epoch"]
    ('overfitting', 3)
    """
    if hasattr(history, "members"):
        raise errors.type_error(
            "diagnose", "the History of one training", "that of a Fleet", "Write history.members[0]."
        )
    if not hasattr(history, "facts"):
        instead = "history = model.fit(...); history.diagnose()"
        raise errors.type_error(
            "diagnose", "the History that fit returns", errors.short_repr(history), f"Write {instead}."
        )
    if not history.epoch and history.stopped != "not finite":
        raise errors.value_error("diagnose", "a history with at least one epoch", "an empty one", "Call fit first.")
    e = Evidence(history)
    findings: list[Finding] = []
    for rule, explained_by in RULES:
        if not {finding.kind for finding in findings} & set(explained_by):
            finding = rule(e)
            if finding is not None:
                findings.append(finding)
    suggestions = [finding.suggestion for finding in findings if finding.suggestion]
    # a warning before the training may have the same advice
    remarks = [text for text in _remarks(e) if not any(text.endswith(suggestion) for suggestion in suggestions)]
    return Diagnosis(findings[0].sentence if findings else _healthy(e), tuple(findings), _figures(e), tuple(remarks))


def _figures(e: Evidence) -> dict[str, Any]:
    if not len(e.val_loss) or not len(e.loss):
        return {}
    measured = e.train_eval["loss"]
    return {
        "best_epoch": int(e.val_epochs[e.best_index]),
        "best_val_loss": float(e.val_loss[e.best_index]),
        "last_val_loss": float(e.val_loss[-1]),
        "gap": float(e.val_loss[-1] - (measured[-1] if measured else e.loss[-1])),
        "slope": slope(e.val_loss[e.best_index :]),
        "last_epoch": int(e.val_epochs[-1]),
    }


def _healthy(e: Evidence) -> str:
    if not len(e.loss):
        return "There is no loss, so this training cannot be diagnosed."
    if not len(e.val_loss):
        return f"The training loss fell from {e.loss[0]:.4g} to {e.loss[-1]:.4g}, and nothing in it looks wrong."
    best = f"the validation loss reached {e.val_loss[e.best_index]:.4g} in epoch {e.val_epochs[e.best_index]}"
    if e.restored_epoch:
        return f"Nothing looks wrong: {best}, and the weights of epoch {e.restored_epoch} were kept."
    return f"Nothing looks wrong: {best} and is {tail(e.val_loss).mean():.4g} at the end."


def _remarks(e: Evidence) -> list[str]:
    remarks = list(e.facts.get("noticed", ()))
    if not len(e.val_loss):
        remarks.append(
            "Without validation data it is not known whether the network overfits, or how well it predicts new rows: write "
            "fit(..., validation_split=0.2)."
        )
    elif len(e.epochs) < 3:
        remarks.append(
            f"Too few epochs for a reliable diagnosis: {len(e.epochs)}. Train for more epochs and diagnose again."
        )
    if e.stopped == "interrupted":
        remarks.append(f"The training was interrupted after {len(e.epochs)} epochs.")
    if len(e.monitored) and not e.has_baseline:
        remarks.append(
            "The loss of a constant prediction is not known for this loss, so some faults cannot be recognized."
        )
    return remarks
