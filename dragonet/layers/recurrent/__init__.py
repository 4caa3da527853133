"""Recurrent layers: the same step at each place of a sequence, with states that go from one to the next."""
