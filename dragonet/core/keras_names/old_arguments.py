"""Arguments of older Keras, as books and answers on the web have them, and what they are called today."""

# The new names, the first of which that the function has is told.
_RENAMED: dict[str, tuple[str, ...]] = {
    "lr": ("learning_rate",),
    "alpha": ("negative_slope",),
    "beta1": ("beta_1",),
    "beta2": ("beta_2",),
    "eps": ("epsilon",),
    "epsilon": ("min_delta",),
    "init": ("kernel_initializer", "embeddings_initializer"),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "b_regularizer": ("bias_regularizer",),
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "b_constraint": ("bias_constraint",),
    "bias": ("use_bias",),
    "beta_init": ("beta_initializer",),
    "gamma_init": ("gamma_initializer",),
    "output_dim": ("units", "output_dim"),
    "nb_units": ("units",),
    "nb_filter": ("filters",),
    "nb_filters": ("filters",),
    "nb_row": ("kernel_size",),
    "nb_col": ("kernel_size",),
    "filter_length": ("kernel_size",),
    "filter_size": ("kernel_size",),
    "kernel": ("kernel_size",),
    "border_mode": ("padding",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
    "stride": ("strides",),
    "pool_length": ("pool_size",),
    "dim_ordering": ("data_format",),
    "atrous_rate": ("dilation_rate",),
    "dilation": ("dilation_rate",),
    "p": ("rate",),
    "sigma": ("stddev",),
    "length": ("size",),
    "nb_epoch": ("epochs",),
    "nb_epochs": ("epochs",),
    "nb_classes": ("num_classes",),
    "nb_val_samples": ("validation_steps",),
    "nb_worker": (),
    "samples_per_epoch": ("steps_per_epoch",),
    "val_samples": ("validation_steps",),
    "show_accuracy": (),
    "input": ("inputs",),
    "output": ("outputs",),
    "batch_input_shape": ("input_shape", "batch_shape"),
    "filename_or_path": ("filename", "filepath"),
    "path": ("filepath",),
    "l": ("l2", "l1"),
    "dims": ("axes", "shape"),
    "dot_axes": ("axes",),
    "concat_axis": ("axis",),
}
# What has no new name, and what to write instead.
_GONE: dict[str, str] = {
    "decay": "Write learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.01, 1, decay), or weight_decay for AdamW's.",
    "lr": "The learning rate belongs to the optimizer: compile(optimizer=keras.optimizers.Adam(learning_rate=...)).",
    "show_accuracy": "Write compile(..., metrics=['accuracy']).",
    "class_mode": "Leave it out: the loss says what is learned.",
    "sample_weight_mode": "Leave it out: sample_weight may have the shape of y.",
    "target_tensors": "Leave it out.",
    "workers": "Leave it out here: a PyDataset takes workers=.",
    "use_multiprocessing": "Leave it out here: a PyDataset takes use_multiprocessing=.",
    "max_queue_size": "Leave it out here: a PyDataset takes max_queue_size=.",
    "max_q_size": "Leave it out here: a PyDataset takes max_queue_size=.",
    "pickle_safe": "Leave it out.",
    "nb_worker": "Leave it out.",
    "period": "Write save_freq='epoch', or a number of steps.",
    "mode": "Leave it out.",
    "weights": "Call set_weights(...) once the layer is built.",
    "input_length": "Leave it out: the length comes from the input.",
    "unroll": "Leave it out.",
    "write_grads": "Leave it out: inspect.gradient_norms has the gradients.",
    "experimental_run_tf_function": "Leave it out.",
    "implementation": "Leave it out.",
    "reset_metrics": "Call model.reset_metrics() instead.",
    "autocast": "Leave it out: dragonet computes in float32.",
    "sparse": "Leave it out, and pass x.toarray().",
    "ragged": "Leave it out, and pad the rows to one length.",
    "tensor": "Leave it out.",
    "synchronization": "Leave it out.",
    "aggregation": "Leave it out.",
}


def today(who: str, name: str, names: list[str]) -> str:
    """What an argument of older Keras is called in a function that has the arguments `names`; '' where nothing is known.

    >>> today("Adam", "lr", ["learning_rate", "beta_1"])
    "It is called 'learning_rate' today."
    >>> today("fit", "show_accuracy", ["x", "y"])
    "Write compile(..., metrics=['accuracy'])."
    """
    if name == "input_shape" and "batch_shape" in names:
        return "Write Input(shape), or batch_shape=(None, ...)."
    new = next((new for new in _RENAMED.get(name, ()) if new in names), None)
    if new is not None:
        return f"It is called {new!r} today."
    return _GONE.get(name, "")
