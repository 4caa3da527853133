"""Lets the tests of this folder import the lists of cases of layers, and the helpers beside them."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / room) for room in ("layers", "optimizers"))]
