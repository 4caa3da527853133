"""How training changes the weights: gradients, their noise, loss curves, dead units."""
