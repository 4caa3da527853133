"""Where a report's numbers come from: what to run to get them again, and what they were computed with."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dragonet.runs import environment
from dragonet.studies.candidates.fitted import file_name
from dragonet.studies.ladder import Ladder
from dragonet.studies.plan import Options
from dragonet.studies.run_study import Study


@dataclass(frozen=True)
class Provenance:
    """The last section of a report. command and run are '' for a ladder without a run's folder, or of data in memory."""

    command: str
    script: str
    run: str
    seed: int
    versions: Mapping[str, str]
    machine: Mapping[str, Any]
    engine: str

    @classmethod
    def of_study(cls, study: Study, ladder: Ladder) -> "Provenance":
        """From the record in the run's folder."""
        question, config = study.question, study.config
        script = question.script_that_writes(file_name(ladder.model, "model"))
        engine = config.get("engine", "")
        return cls(question.command, script, study.id, question.seed, config["versions"], config["machine"], engine)

    @classmethod
    def of_ladder(cls, ladder: Ladder) -> "Provenance":
        """From this process."""
        question, file = ladder.question, file_name(ladder.model, "model")
        engine = next((histories[0].engine for histories in ladder.histories.values()), "")
        return cls(
            question.command if question is not None else "",
            question.script_that_writes(file) if question is not None else _script(ladder, file),
            "",
            ladder.options.seed,
            environment.study_versions(),
            environment.machine(),
            engine,
        )


def _script(ladder: Ladder, file: str) -> str:
    """The call for data in memory, which are called `data` in it."""
    usual = Options()
    settings = [
        f"{field.name}={getattr(ladder.options, field.name)!r}"
        for field in fields(Options)
        if getattr(ladder.options, field.name) != getattr(usual, field.name)
    ]
    target = ladder.data.targets[0] if len(ladder.data.targets) == 1 else tuple(ladder.data.targets)
    arguments = ", ".join(["data", f"target={target!r}", *settings])
    return f'import dragonet\n\nladder = dragonet.study({arguments})\nprint(ladder)\nladder.model.save("{file}")\n'
