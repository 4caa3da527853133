"""How good the predictions are: confusion, rates, intervals, permutation tests."""
