"""A small tf.data: how elements are read, shuffled, mapped and batched."""
