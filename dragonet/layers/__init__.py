"""All layers: the table of contents."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "base": "Layer",
        "dragonet.graph.tensors": "KerasTensor",
        "dragonet.graph.variable": "Variable",
        "core.input": "Input InputLayer",
        # weights
        "core.dense": "Dense",
        "core.einsum_dense": "EinsumDense",
        "core.embedding": "Embedding",
        "convolution.conv": "Conv1D Conv2D Convolution1D Convolution2D",
        "convolution.separable": "DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D "
        "SeparableConvolution1D SeparableConvolution2D",
        "convolution.transposed": "Conv1DTranspose Conv2DTranspose Convolution1DTranspose Convolution2DTranspose",
        # sequences
        "recurrent.simple_rnn": "SimpleRNN SimpleRNNCell",
        "recurrent.lstm": "LSTM LSTMCell",
        "recurrent.gru": "GRU GRUCell",
        "recurrent.min_gru": "MinGRU",
        "recurrent.lru": "LRU",
        "recurrent.rnn": "RNN StackedRNNCells",
        "recurrent.bidirectional": "Bidirectional",
        "recurrent.time_distributed": "TimeDistributed",
        "attention.attention": "AdditiveAttention Attention",
        "attention.multi_head": "MultiHeadAttention",
        "attention.grouped_query": "GroupQueryAttention",
        # activations
        "core.activation": "Activation",
        "core.relu": "ELU LeakyReLU PReLU ReLU",
        "core.softmax": "Softmax",
        # shapes
        "reshaping.flatten": "Flatten",
        "reshaping.reshape": "Permute RepeatVector Reshape",
        "pooling.window_pooling": "AveragePooling1D AveragePooling2D AvgPool1D AvgPool2D "
        "MaxPool1D MaxPool2D MaxPooling1D MaxPooling2D",
        "pooling.global_pooling": "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAvgPool1D GlobalAvgPool2D "
        "GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPooling1D GlobalMaxPooling2D",
        "reshaping.padding": "Cropping1D Cropping2D ZeroPadding1D ZeroPadding2D",
        "reshaping.upsampling": "UpSampling1D UpSampling2D",
        "picture_shapes.resizing": "CenterCrop Resizing",
        # several inputs
        "merging.merge": "Add Average Maximum Minimum Multiply Subtract add average maximum minimum multiply subtract",
        "merging.concatenation": "Concatenate concatenate",  # not concatenate.py: the loaded file would hide the function
        "merging.dot_product": "Dot dot",
        # normalisation
        "normalization.batch_normalization": "BatchNormalization",
        "normalization.layer_normalization": "LayerNormalization",
        "normalization.group_normalization": "GroupNormalization",
        "normalization.unit_normalization": "UnitNormalization",
        "normalization.rescaling": "Rescaling",
        "normalization.feature_normalization": "Normalization",
        # noise
        "regularization.dropout": "AlphaDropout Dropout",
        "regularization.spatial_dropout": "SpatialDropout1D SpatialDropout2D",
        "regularization.noise": "GaussianDropout GaussianNoise",
        "augmentation.random_transforms": "RandomContrast RandomFlip RandomRotation RandomTranslation RandomZoom",
        "augmentation.random_colors": "RandomBrightness RandomGrayscale Solarization",
        "augmentation.random_crop": "RandomCrop",
        # the rest
        "regularization.activity_regularization": "ActivityRegularization",
        "core.identity": "Identity",
        "core.lambda_layer": "Lambda",
        "core.masking": "Masking",
    },
)
