"""Engines: where the steps run."""

ENGINES = ("auto", "xla", "native")  # what compile(engine=...) takes
