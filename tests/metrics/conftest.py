"""Lets the tests of this folder import the list of metrics, and the losses' data, beside them."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent / "losses")]
