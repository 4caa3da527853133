"""Metrics as Keras has them: classes whose `update_state` assigns weights."""
