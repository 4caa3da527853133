"""Models written as in Keras, with `call`: how they become a graph of one node."""
