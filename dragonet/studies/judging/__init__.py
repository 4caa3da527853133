"""What the out-of-fold answers of the candidates are worth: scores, pairs, whether there is anything to learn, the verdict."""
