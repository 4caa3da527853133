"""Record the digests anew, in the folder tests: python -m golden.record. CHANGELOG must say why they changed."""

import json
import tempfile
from pathlib import Path

from golden import digests, trainings


def main() -> None:
    """Train everything, and write digests.json."""
    with tempfile.TemporaryDirectory() as folder:
        members = trainings.file_members(Path(folder, "golden.keras"))
    results = {
        "xla_machine": digests.xla_machine(),
        **{
            engine: {name: digests.digest(trainings.weights(name, engine)) for name in trainings.MODELS}
            for engine in ("native", "xla")
        },
        "ladder": digests.digest(trainings.dragons_ladder()),
        "members": digests.digest_members(members),
    }
    digests.FILE.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
