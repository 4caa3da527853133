"""All layers: the table of contents."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Layer",
        "symbolic": "KerasTensor",
        "variable": "Variable",
        "input": "Input InputLayer",
        # weights
        "dense": "Dense",
        "embedding": "Embedding",
        "conv": "Conv1D Conv2D Convolution1D Convolution2D",
        "separable": "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D "
        "SeparableConvolution1D SeparableConvolution2D",
        "transposed": "Conv1DTranspose Conv2DTranspose Convolution1DTranspose Convolution2DTranspose",
        # activations
        "activation": "Activation",
        "relu": "ELU LeakyReLU PReLU ReLU",
        "softmax": "Softmax",
        # shapes
        "flatten": "Flatten",
        "reshape": "Permute RepeatVector Reshape",
        "pooling": "AveragePooling1D AveragePooling2D AvgPool1D AvgPool2D MaxPool1D MaxPool2D MaxPooling1D MaxPooling2D",
        "global_pooling": "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAvgPool1D GlobalAvgPool2D "
        "GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPooling1D GlobalMaxPooling2D",
        "padding": "Cropping1D Cropping2D ZeroPadding1D ZeroPadding2D",
        "upsampling": "UpSampling1D UpSampling2D",
        # several inputs
        "merge": "Add Average Maximum Minimum Multiply Subtract add average maximum minimum multiply subtract",
        "concatenation": "Concatenate concatenate",  # not concatenate.py: the loaded file would hide the function
        "dot_product": "Dot dot",
        # normalisation
        "batch_normalization": "BatchNormalization",
        "layer_normalization": "LayerNormalization",
        "group_normalization": "GroupNormalization",
        "unit_normalization": "UnitNormalization",
        "rescaling": "Rescaling",
        "normalization": "Normalization",
        # noise
        "dropout": "AlphaDropout Dropout",
        "spatial_dropout": "SpatialDropout1D SpatialDropout2D",
        "noise": "GaussianDropout GaussianNoise",
        "augmentation": "RandomContrast RandomFlip RandomRotation RandomTranslation RandomZoom",
        # the rest
        "activity_regularization": "ActivityRegularization",
        "identity": "Identity",
        "lambda_layer": "Lambda",
        "masking": "Masking",
    },
)
