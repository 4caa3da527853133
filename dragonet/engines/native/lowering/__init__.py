"""From a model, its losses and its optimizer to a plan."""
