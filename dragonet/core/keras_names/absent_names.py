"""Keras's public names that dragonet does not have: where the same is found here, or what to use instead.

Each public name of Keras's is in dragonet, in a table here, or under one of the modules here; what is to come, with the layers of
text, says "not in dragonet yet". docs/coverage-keras.md is made from it.
"""

import re
from collections.abc import Iterable

_NOT = "It is not in dragonet."
_TEXT = "Text is not in dragonet yet; scikit-learn's CountVectorizer counts words."
_PADDING = "It is not in dragonet yet: numpy.pad pads rows to one length."
_WINDOWS = "It is not in dragonet yet: numpy.lib.stride_tricks.sliding_window_view makes windows."
_VOLUMES = "Layers of volumes (3D) are not in dragonet."
_TABLES = "dragonet.data.Encoder turns the columns of a table into numbers."
_PICTURES = "dragonet.data.read(folder) reads a folder of pictures."
_AUGMENT = (
    "It is not in dragonet: RandomFlip, RandomRotation, RandomTranslation, RandomZoom and RandomContrast are, and a layer of your own "
    "takes ten lines (README)."
)
_FLOAT32 = "dragonet computes in float32 throughout: leave it out."
_OWN_LAYER = "It is not in dragonet; a layer of your own takes ten lines (README)."
_OTHER_BACKENDS = "dragonet has one back end, JAX: a layer of your own takes ten lines of jax.numpy (README)."
_SETTING = "It is not in dragonet: there is nothing to set."
_MASKED_INPUT = "Leave it out: dragonet finds the shapes itself."
_OPTAX = "It is not in dragonet; an Optax transformation is taken as an optimizer: compile({optax})."
_ARRAYS = "Keras's functions of arrays are in dragonet.ops, and all of JAX's in jax.numpy and jax.nn."
_LINALG = "Its functions are in dragonet.ops itself (ops.qr, ops.svd), and all of JAX's in jax.numpy.linalg."
_CONVOLUTION = (
    "It is not in dragonet.ops: the layers have it, and jax.lax.conv_general_dilated and jax.lax.reduce_window."
)
_OLD_CALL = "It is not in today's Keras either: write {now}."

# A module of Keras's, with all that is in it.
MODULES: dict[str, str] = {
    "applications": "Pretrained networks are not in dragonet, which downloads nothing: build the network from layers.",
    "distillation": _NOT,
    "distribution": "Training on several devices is not in dragonet; Fleet trains many seeds of one model side by side.",
    "dtype_policies": _FLOAT32,
    "export": "It is not in dragonet: model.save('model.keras') writes a file that Keras reads and can export.",
    "legacy": _NOT,
    "mixed_precision": _FLOAT32,
    "quantizers": _FLOAT32,
    "tree": "jax.tree has the same: jax.tree.map, jax.tree.leaves.",
    "visualization": "dragonet.plots has the pictures.",
    "wrappers": "dragonet.sklearn has NetClassifier and NetRegressor.",
    "ops.linalg": _LINALG,
    "ops.nn": _ARRAYS,
    "ops.numpy": _ARRAYS,
    "ops.image": "Functions of images are not in dragonet.ops; jax.image.resize resizes.",
    "optimizers.legacy": "It is not in today's Keras either: write keras.optimizers.Adam(...).",
    "preprocessing.sequence": _PADDING,
    "utils.bounding_boxes": _NOT,
    "utils.legacy": _NOT,
    # of older Keras and of TensorFlow
    "estimator": _NOT,
    "experimental": _NOT,
    "layers.experimental": "Its layers are in dragonet.layers itself.",
    "layers.wrappers": _NOT,
    "preprocessing.text": _TEXT,
    "utils.np_utils": "dragonet.utils has to_categorical.",
    "engine": _NOT,
}

_NAMES: dict[str, dict[str, str]] = {
    "": {
        "DTypePolicy FloatDTypePolicy Quantizer": _FLOAT32,
        "Function": "Write Model(inputs, outputs).",
        "Operation": "Write a layer of your own (README).",
        "InputSpec": _MASKED_INPUT,
        "RematScope remat": "Trading time for memory by computing again is not in dragonet.",
        "StatelessScope SymbolicScope": "Layers and models are pure functions here: model.init and model.apply.",
        "device": "JAX chooses the device: with jax.default_device(...).",
        "name_scope": "Names of layers are given by name=.",
    },
    "layers": {
        "ConvLSTM1D ConvLSTM2D ConvLSTM3D": "It is not in dragonet yet; TimeDistributed(Conv2D(...)) and an LSTM after it see the same.",
        "CuDNNLSTM CuDNNGRU": _OLD_CALL.format(now="LSTM and GRU"),
        "Conv3D Conv3DTranspose Convolution3D Convolution3DTranspose MaxPooling3D MaxPool3D AveragePooling3D AvgPool3D "
        "GlobalMaxPooling3D GlobalMaxPool3D GlobalAveragePooling3D GlobalAvgPool3D UpSampling3D ZeroPadding3D Cropping3D "
        "SpatialDropout3D": _VOLUMES,
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D "
        "AdaptiveMaxPooling3D": "It is not in dragonet: GlobalAveragePooling2D, GlobalMaxPooling2D and pooling of a fixed size are.",
        "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization MaxNumBoundingBoxes MixUp "
        "RandAugment RandomColorDegeneration RandomColorJitter RandomElasticTransform RandomErasing "
        "RandomGaussianBlur RandomHue RandomInvert RandomPerspective RandomPosterization RandomSaturation "
        "RandomSharpness RandomShear": _AUGMENT,
        "CategoryEncoding Discretization Hashing IntegerLookup StringLookup": f"It is not in dragonet yet: {_TABLES}",
        "HashedCrossing": _TABLES,
        "TextVectorization": _TEXT,
        "ReversibleEmbedding RMSNormalization": _OWN_LAYER,
        "SpectralNormalization Wrapper": _OWN_LAYER,
        "MelSpectrogram STFTSpectrogram": "Spectrograms are not in dragonet: scipy.signal.stft makes them before the training.",
        "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper": _OTHER_BACKENDS,
        "InputSpec": _MASKED_INPUT,
        "Pipeline": "Write Sequential([...]).",
        "deserialize serialize": "keras.saving has serialize_keras_object and deserialize_keras_object.",
        "Merge": _OLD_CALL.format(now="Concatenate()([a, b]), Add()([a, b]), ..."),
        "Highway MaxoutDense AtrousConvolution1D AtrousConvolution2D LocallyConnected1D LocallyConnected2D ThresholdedReLU": _OWN_LAYER,
    },
    "optimizers": {
        "Adafactor": _OPTAX.format(optax="optax.adafactor(1e-3)"),
        "Muon": _OPTAX.format(optax="optax.contrib.muon(1e-3)"),
        "LossScaleOptimizer": _FLOAT32,
        "MultiOptimizer OptimizerMap": "One optimizer trains the whole model in dragonet.",
    },
    "losses": {"CTC ctc Circle circle": f"{_NOT} A function of (y_true, y_pred) is taken as a loss."},
    "callbacks": {
        "OrbaxCheckpoint": "Write ModelCheckpoint or BackupAndRestore.",
        "ProgbarLogger": "fit(verbose=1) draws the progress.",
        "RemoteMonitor": "Write LambdaCallback(on_epoch_end=...).",
        "SwapEMAWeights": "Write use_ema=True in the optimizer.",
    },
    "saving": {"KerasFileEditor": _NOT},
    "random": {"beta binomial gamma": "jax.random has it, with a key: dragonet.random.key(0)."},
    "backend": {
        "set_session get_session learning_phase set_learning_phase": _SETTING,
        "get_uid": "Layers are named by dragonet.",
    },
    "config": {
        "disable_flash_attention enable_flash_attention is_flash_attention_enabled": "XLA chooses how attention is computed: leave it out.",
        "disable_interactive_logging enable_interactive_logging is_interactive_logging_enabled": "Write verbose= in fit and evaluate.",
        "enable_unsafe_deserialization": "Opening a file never runs code in dragonet.",
        "is_nnx_enabled": _FLOAT32.replace("computes in float32 throughout", "has no NNX"),
        "max_epochs max_steps_per_epoch set_max_epochs set_max_steps_per_epoch": "Write epochs= and steps_per_epoch= in fit.",
    },
    "preprocessing": {
        "image_dataset_from_directory": _PICTURES,
        "text_dataset_from_directory": _TEXT,
        "timeseries_dataset_from_array": _WINDOWS,
    },
    "datasets": {
        "boston_housing california_housing cifar10 cifar100 fashion_mnist imdb reuters": "dragonet downloads nothing: dragonet.datasets has mnist, digits, dragons and made-up 2-D sets.",
    },
    "preprocessing.image": {
        "smart_resize": "Write layers.Resizing(height, width, crop_to_aspect_ratio=True)(images).",
        "ImageDataGenerator": "Layers augment pictures: RandomFlip, RandomRotation, RandomTranslation, RandomZoom.",
    },
    "utils": {
        "plot_model model_to_dot": "dragonet.plots.draw(model) draws it.",
        "split_dataset": "dragonet.data.split splits arrays.",
        "image_dataset_from_directory": _PICTURES,
        "pad_sequences": _PADDING,
        "timeseries_dataset_from_array": _WINDOWS,
        "text_dataset_from_directory": _TEXT,
        "audio_dataset_from_directory": _NOT,
        "get_file": "dragonet downloads nothing: urllib.request.urlretrieve does.",
        "FeatureSpace": _TABLES,
        "Progbar": "fit(verbose=1) draws the progress.",
        "Config": "Write a dataclass.",
        "enable_interactive_logging disable_interactive_logging is_interactive_logging_enabled": "Write verbose= in fit and evaluate.",
        "get_source_inputs": "model.inputs has them.",
        "multi_gpu_model": _OLD_CALL.format(now="nothing: dragonet trains on one device"),
    },
    "ops": {
        "adaptive_average_pool adaptive_max_pool conv_transpose fold unfold depth_to_space space_to_depth": _CONVOLUTION,
        "batch_normalization layer_normalization rms_normalization normalize": "It is not in dragonet.ops: the layers have it.",
        "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy": "dragonet.losses has it.",
        "fft fft2 ifft2 rfft irfft": "jax.numpy.fft has it, for complex arrays.",
        "stft istft extract_sequences": "jax.scipy.signal has stft and istft.",
        "cholesky_inverse lu_factor solve_triangular": "jax.scipy.linalg has lu_factor, solve_triangular and cho_solve.",
        "logdet": "Write ops.slogdet(x)[1].",
        "cdist": "Write ops.norm(a[:, None] - b[None], axis=-1).",
        "ctc_decode ctc_loss psnr rearrange": _NOT,
        "in_top_k": "metrics.SparseTopKCategoricalAccuracy counts it.",
        "multi_hot": "Write ops.one_hot(x, n).max(-2).",
        "polar view_as_complex view_as_real view": "jax.numpy has complex arrays: x.real, x.imag, x.view(dtype).",
        "saturate_cast": "Write ops.clip before ops.cast.",
    },
    # of a model
    "Model": {
        "fit_generator": _OLD_CALL.format(now="fit(generator)"),
        "evaluate_generator": _OLD_CALL.format(now="evaluate(generator)"),
        "predict_generator": _OLD_CALL.format(now="predict(generator)"),
        "predict_proba": _OLD_CALL.format(now="predict(x)"),
        "add_metric": "It is not in today's Keras either: write compile(metrics=...), or hold a metric as an attribute.",
        "export": MODULES["export"],
        "quantize": _FLOAT32,
        "reset_states": "Write it of the layer: model.layers[0].reset_states().",
        "state_updates updates": _NOT,
        "predict_step make_train_function make_test_function make_predict_function": "dragonet's compiled loop has no such step: a loss, a metric, a layer or a callback of your own enters it.",
    },
    "Optimizer": {
        "lr": "It is called learning_rate.",
        "minimize get_gradients get_updates": "Write grads = jax.grad(loss)(weights), then optimizer.apply(grads, variables).",
        "_create_slots _resource_apply_dense _resource_apply_sparse": "Keras 3 has build(variables) and update_step(...) instead.",
        "decay": "Write learning_rate=keras.optimizers.schedules.InverseTimeDecay(...).",
    },
}

# By module and by the name in small letters without underscores: 'lstm', 'multi_head_attention' and 'MultiHeadAttention' are one.
_TABLE: dict[tuple[str, str], tuple[str, str]] = {}


def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


for _module, _rows in _NAMES.items():
    for _names, _advice in _rows.items():
        for _name in _names.split():
            _TABLE[_module, _key(_name)] = _name, _advice


def names() -> Iterable[str]:
    """All names of the table, with their modules: 'layers.Conv3D'."""
    return [f"{module}.{name}".lstrip(".") for (module, _), (name, _) in _TABLE.items()]


def advice(path: str) -> str:
    """What to use instead of a name of Keras's, written with its module ('layers.Conv3D'); '' for one that is not known.

    >>> advice("layers.TextVectorization")
    "Text is not in dragonet yet; scikit-learn's CountVectorizer counts words."
    >>> advice("layers.Dense")
    ''
    """
    module, _, name = path.rpartition(".")
    if (module, _key(name)) in _TABLE:
        return _TABLE[module, _key(name)][1]
    return MODULES.get(path) or (advice(module) if module else "")


def is_to_come(path: str) -> bool:
    """Whether a name that is absent is planned.

    >>> is_to_come("layers.TextVectorization"), is_to_come("layers.Conv3D")
    (True, False)
    """
    return "not in dragonet yet" in advice(path)


def names_in(module: str) -> list[str]:
    """The absent names of one module, to be compared with a misspelt one."""
    inner = [path.rpartition(".")[2] for path in MODULES if path.rpartition(".")[0] == module]
    return [name for (home, _), (name, _) in _TABLE.items() if home == module] + inner
