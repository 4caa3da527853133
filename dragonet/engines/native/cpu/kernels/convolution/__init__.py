"""The products of convolutions."""
