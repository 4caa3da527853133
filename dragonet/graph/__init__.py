"""What calls of layers make: tensors without numbers, nodes, the graph, and variables."""
