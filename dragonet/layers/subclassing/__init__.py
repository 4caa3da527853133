"""Layers written as in Keras, with `build` and `call`: how they become a layer's pure functions."""
