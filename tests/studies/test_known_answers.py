"""Ten tables with known answers: the verdict is right on each, and the page says what it was."""

import pytest
from helpers import known_answers


@pytest.mark.parametrize("known", known_answers.ALL, ids=lambda known: known.name)
def test_the_verdict_is_right(known):
    ladder = known_answers.ladder_of(known)
    assert known.is_right(ladder), str(ladder)
    page = known_answers.PAGE.read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {known.name} |")]
    assert row.endswith(f"| {ladder.kept} |") and known.known in row
