"""Cases of the layers with a window, and of those that prepare images: convolution, pooling, padding, augmentation."""

from helpers.layer_case import Case

FIRST = {"data_format": "channels_first"}

CONV = [
    Case(
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "activation": "tanh"},
        (2, 7, 2),
    ),
    Case(
        "Conv1D", {"filters": 4, "kernel_size": [4], "padding": "same", "strides": 3, "groups": 2, **FIRST}, (1, 4, 8)
    ),
    Case("Conv2D", {"filters": 3, "kernel_size": 3}, (2, 5, 6, 2)),
    Case(
        "Conv2D",
        {"filters": 2, "kernel_size": (2, 3), "strides": (2, 3), "padding": "SAME", "use_bias": False},
        (1, 7, 8, 1),
    ),
    Case("Conv2D", {"filters": 6, "kernel_size": 3, "groups": 3, "dilation_rate": (2, 1)}, (1, 5, 6, 3)),
    Case("Conv2D", {"filters": 3, "kernel_size": (3, 2), "strides": 2, "padding": "same", **FIRST}, (2, 2, 5, 6)),
    Case(
        "Conv2D",
        {
            "filters": 2,
            "kernel_size": 2,
            "kernel_regularizer": "l2",
            "bias_constraint": "non_neg",
            "kernel_initializer": "he_normal",
            "bias_initializer": "ones",
        },
        (1, 3, 3, 1),
        uint8=True,
    ),
]

SEPARABLE = [
    Case(
        "DepthwiseConv1D",
        {"kernel_size": 3, "depth_multiplier": 2, "padding": "same", "strides": 2, "activation": "tanh"},
        (2, 6, 3),
    ),
    Case(
        "DepthwiseConv1D",
        {"kernel_size": 2, "dilation_rate": 2, "bias_regularizer": "l1", "depthwise_constraint": "max_norm", **FIRST},
        (1, 4, 6),
    ),
    Case(
        "DepthwiseConv2D",
        {"kernel_size": (2, 3), "depth_multiplier": 2, "dilation_rate": 2, "depthwise_regularizer": "l2"},
        (2, 4, 5, 2),
    ),
    Case("DepthwiseConv2D", {"kernel_size": 2, "strides": 2, "use_bias": False, **FIRST}, (1, 2, 5, 4)),
    Case("SeparableConv1D", {"filters": 3, "kernel_size": 3, "dilation_rate": 2, "activation": "tanh"}, (1, 7, 2)),
    Case(
        "SeparableConv2D",
        {
            "filters": 2,
            "kernel_size": 3,
            "strides": 2,
            "padding": "same",
            "depth_multiplier": 2,
            "pointwise_constraint": "max_norm",
        },
        (1, 5, 6, 3),
    ),
]

TRANSPOSED = [
    Case("Conv1DTranspose", {"filters": 2, "kernel_size": 2, "strides": 4, "use_bias": False}, (1, 4, 1)),
    Case("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 3, 4, 2)),
    Case(
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": (3, 4), "strides": (2, 3), "output_padding": (1, 2)},
        (1, 3, 2, 1),
    ),
    Case(
        "Conv2DTranspose",
        {"filters": 1, "kernel_size": (5, 4), "strides": (2, 3), "padding": "same", "output_padding": 1},
        (1, 3, 4, 2),
    ),
    Case(
        "Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2, "activation": "relu", **FIRST}, (1, 2, 3, 4)
    ),
]

POOLING = [
    Case("MaxPooling1D", {}, (2, 7, 2)),
    Case("MaxPooling2D", {"pool_size": (2, 3), "strides": 1, "padding": "same"}, (1, 5, 4, 2)),
    Case("MaxPooling2D", {"pool_size": 3, "strides": (2, 1), **FIRST}, (1, 2, 6, 5)),
    Case("AveragePooling1D", {"pool_size": 2}, (2, 7, 2)),
    Case("AveragePooling2D", {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"}, (2, 6, 5, 1)),
    Case("AveragePooling2D", {"pool_size": 3, "strides": 2, "padding": "same", **FIRST}, (1, 2, 6, 7)),
    Case("GlobalMaxPooling1D", {"keepdims": True}, (2, 4, 3)),
    Case("GlobalMaxPooling2D", FIRST, (2, 3, 4, 5)),
    Case("GlobalAveragePooling1D", {"keepdims": True}, (3, 4, 2), mask=True),
    Case("GlobalAveragePooling2D", {"keepdims": True, **FIRST}, (2, 2, 3, 4)),
]

EDGES = [
    Case("ZeroPadding1D", {"padding": (1, 2), **FIRST}, (2, 3, 2)),
    Case("ZeroPadding2D", {"padding": ((1, 0), (2, 3))}, (1, 2, 3, 2)),
    Case("Cropping1D", {"cropping": (0, 2)}, (2, 5, 2)),
    Case("Cropping2D", {"cropping": ((1, 0), (0, 2)), **FIRST}, (1, 2, 3, 4)),
    Case("UpSampling1D", {"size": 3}, (2, 3, 2)),
    Case("UpSampling2D", {"size": (2, 3)}, (1, 2, 3, 2)),
    Case("UpSampling2D", {"size": 2, "interpolation": "bilinear", **FIRST}, (1, 2, 4, 3)),
]

IMAGES = [
    Case("Rescaling", {"scale": 1 / 255, "offset": [-0.5, 0.5]}, (2, 3, 3, 2), uint8=True, slope=False),
    Case("Normalization", {"axis": None, "mean": 2.0, "variance": 4.0}, (4, 3)),
    Case("Normalization", {"axis": (1, -1), "mean": [1.0, 2.0], "variance": [4.0, 0.0], "invert": True}, (2, 3, 2)),
    Case("RandomTranslation", {"height_factor": 0.2, "width_factor": (-0.1, 0.3)}, (2, 5, 4, 1), random=True),
    Case("RandomRotation", {"factor": 0.1, "fill_mode": "constant", "fill_value": 1.0}, (2, 4, 5, 2), random=True),
    Case("RandomZoom", {"height_factor": 0.9, "interpolation": "nearest", **FIRST}, (2, 1, 4, 5), random=True),
    Case("RandomFlip", {"mode": "horizontal", "seed": 3}, (4, 4, 5, 1), random=True),
    Case("RandomContrast", {"factor": (0.2, 0.5), "value_range": (0, 1)}, (2, 4, 4, 2), random=True),
    Case("Resizing", {"height": 3, "width": 7}, (2, 5, 4, 2)),
    Case("Resizing", {"height": 6, "width": 3, "interpolation": "bicubic", "antialias": True, **FIRST}, (1, 2, 5, 4)),
    Case(
        "Resizing", {"height": 4, "width": 4, "interpolation": "lanczos3", "crop_to_aspect_ratio": True}, (2, 5, 8, 1)
    ),
    Case("Resizing", {"height": 4, "width": 4, "pad_to_aspect_ratio": True, "fill_value": 2.0}, (2, 4, 9, 1)),
    Case("Resizing", {"height": 4, "width": 6, "interpolation": "nearest"}, (2, 5, 4, 3)),
    Case("CenterCrop", {"height": 2, "width": 3}, (2, 5, 4, 2)),
    Case("CenterCrop", {"height": 4, "width": 6, **FIRST}, (2, 1, 5, 4)),
    Case("RandomBrightness", {"factor": (0.1, 0.4), "value_range": (0, 1)}, (2, 4, 4, 2), random=True, slope=False),
    Case("RandomGrayscale", {"factor": 0.4}, (2, 4, 4, 3), random=True),
    Case("Solarization", {"threshold_factor": 0.5, "value_range": (0, 1)}, (2, 4, 4, 2), random=True, slope=False),
]

CASES = [*CONV, *SEPARABLE, *TRANSPOSED, *POOLING, *EDGES, *IMAGES]
