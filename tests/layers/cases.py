"""All cases of layers, from which the test_every_layer_*.py take their parameters: the lists CASES of cases_*.py."""

import importlib
from pathlib import Path

CASES = [
    case
    for path in sorted(Path(__file__).parent.glob("cases_*.py"))
    for case in importlib.import_module(path.stem).CASES
]
