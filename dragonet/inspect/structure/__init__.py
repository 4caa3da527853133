"""What layers compute: filters, outputs, receptive fields, equivariance, activation functions."""
