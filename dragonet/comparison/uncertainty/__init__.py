"""How sure a cross-validated score is: folds, jackknife, variance, intervals, equivalence, and intervals for predictions.

`folds` says which rows test which model; `scores` turns the out-of-fold answers into estimates with a standard error.
"""
