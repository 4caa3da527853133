"""Lets the tests of this folder import the lists of cases beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
