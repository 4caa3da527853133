"""All cases of layers, from which the test_every_layer_*.py take their parameters: the lists CASES of cases_*.py."""

import importlib
from pathlib import Path

CASES = [
    case
    for path in sorted(Path(__file__).parent.glob("layer_cases_*.py"))
    for case in importlib.import_module(f"helpers.{path.stem}").CASES
]
