"""The products of dense layers."""
