"""How the weights move: gradients, their noise, paths of the loss, dead units."""
