"""Networks for EEG, ECG and DNA, as their authors write them."""

# %% EEGNet, channels last
import numpy as np
from tensorflow.keras import utils as np_utils
from tensorflow.keras.constraints import max_norm
from tensorflow.keras.layers import Activation, AveragePooling2D, BatchNormalization, Conv2D, Dense, DepthwiseConv2D
from tensorflow.keras.layers import Dropout, Flatten, Input, SeparableConv2D, SpatialDropout2D
from tensorflow.keras.models import Model


def EEGNet(nb_classes, Chans=8, Samples=64, dropoutRate=0.5, kernLength=16, F1=4, D=2, F2=8, norm_rate=0.25):
    input1 = Input(shape=(Chans, Samples, 1))
    block1 = Conv2D(F1, (1, kernLength), padding="same", input_shape=(Chans, Samples, 1), use_bias=False)(input1)
    block1 = BatchNormalization()(block1)
    block1 = DepthwiseConv2D((Chans, 1), use_bias=False, depth_multiplier=D, depthwise_constraint=max_norm(1.0))(block1)
    block1 = BatchNormalization()(block1)
    block1 = Activation("elu")(block1)
    block1 = AveragePooling2D((1, 4))(block1)
    block1 = Dropout(dropoutRate)(block1)
    block2 = SeparableConv2D(F2, (1, 16), use_bias=False, padding="same")(block1)
    block2 = BatchNormalization()(block2)
    block2 = Activation("elu")(block2)
    block2 = AveragePooling2D((1, 8))(block2)
    block2 = SpatialDropout2D(dropoutRate)(block2)
    flatten = Flatten(name="flatten")(block2)
    dense = Dense(nb_classes, name="dense", kernel_constraint=max_norm(norm_rate))(flatten)
    return Model(inputs=input1, outputs=Activation("softmax", name="softmax")(dense))


X = np.random.default_rng(0).normal(size=(16, 8, 64, 1))
Y = np_utils.to_categorical(np.arange(16) % 4)
model = EEGNet(4)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
fitted = model.fit(
    X, Y, batch_size=8, epochs=2, verbose=2, validation_data=(X, Y), class_weight={0: 1, 1: 1, 2: 1, 3: 1}
)
acc = np.mean(model.predict(X).argmax(axis=-1) == Y.argmax(axis=-1))

# %% EEGNet with channels first by the back end's setting
import numpy as np
from tensorflow.keras import backend as K
from tensorflow.keras.layers import BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Flatten, Input
from tensorflow.keras.models import Model

before = K.image_data_format()
K.set_image_data_format("channels_first")
try:
    inputs = Input(shape=(1, 8, 32))
    x = Conv2D(4, (1, 8), padding="same", use_bias=False)(inputs)
    x = BatchNormalization(axis=1)(x)
    x = DepthwiseConv2D((8, 1), depth_multiplier=2, use_bias=False)(x)
    x = Dense(2, activation="softmax")(Flatten()(x))
    model = Model(inputs, x)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.random.default_rng(0).normal(size=(8, 1, 8, 32)), np.arange(8) % 2, verbose=0)
    assert model.layers[1].output.shape == (None, 4, 8, 32)
finally:
    K.set_image_data_format(before)

# %% ShallowConvNet, with a square and a log of the back end
import numpy as np
from tensorflow.keras import backend as K
from tensorflow.keras.constraints import max_norm
from tensorflow.keras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
)
from tensorflow.keras.models import Model


def square(x):
    return K.square(x)


def log(x):
    return K.log(K.clip(x, min_value=1e-7, max_value=10000))


main = Input((8, 64, 1))
block = Conv2D(8, (1, 13), kernel_constraint=max_norm(2.0, axis=(0, 1, 2)))(main)
block = Conv2D(8, (8, 1), use_bias=False, kernel_constraint=max_norm(2.0, axis=(0, 1, 2)))(block)
block = BatchNormalization(epsilon=1e-05, momentum=0.9)(block)
block = Activation(square)(block)
block = AveragePooling2D(pool_size=(1, 35), strides=(1, 7))(block)
block = Activation(log)(block)
block = Dropout(0.5)(block)
dense = Dense(3, kernel_constraint=max_norm(0.5))(Flatten()(block))
model = Model(inputs=main, outputs=Activation("softmax")(dense))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(np.random.default_rng(0).normal(size=(12, 8, 64, 1)), np.arange(12) % 3, epochs=1, verbose=0)

# %% DeepConvNet in a loop of blocks
import numpy as np
from keras.constraints import max_norm
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from keras.models import Model

main = Input((4, 128, 1))
x = Conv2D(5, (1, 5), kernel_constraint=max_norm(2.0, axis=(0, 1, 2)))(main)
x = Conv2D(5, (4, 1), kernel_constraint=max_norm(2.0, axis=(0, 1, 2)))(x)
for filters in (5, 10, 20):
    x = BatchNormalization(epsilon=1e-05, momentum=0.9)(x)
    x = Activation("elu")(x)
    x = MaxPooling2D(pool_size=(1, 2), strides=(1, 2))(x)
    x = Dropout(0.5)(x)
    x = Conv2D(filters, (1, 5), kernel_constraint=max_norm(2.0, axis=(0, 1, 2)))(x)
out = Dense(2, activation="softmax", kernel_constraint=max_norm(0.5))(Flatten()(x))
model = Model(inputs=main, outputs=out)
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(np.random.default_rng(0).normal(size=(8, 4, 128, 1)), np.arange(8) % 2, epochs=1, verbose=0)

# %% DeepBind: motifs in DNA
import numpy as np
from tensorflow import keras

inputs = keras.layers.Input(shape=(50, 4))
nn = keras.layers.Conv1D(filters=8, kernel_size=11, strides=1, activation="relu", use_bias=True, padding="same")(inputs)
nn = keras.layers.GlobalMaxPooling1D()(nn)
nn = keras.layers.Dropout(0.1)(nn)
nn = keras.layers.Dense(8, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-6))(nn)
outputs = keras.layers.Dense(1, activation="sigmoid")(nn)
model = keras.Model(inputs=inputs, outputs=outputs)
auroc = keras.metrics.AUC(curve="ROC", name="auroc")
aupr = keras.metrics.AUC(curve="PR", name="aupr")
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss=keras.losses.BinaryCrossentropy(from_logits=False, label_smoothing=0),
    metrics=["accuracy", auroc, aupr],
)
x = np.eye(4)[np.random.default_rng(0).integers(0, 4, (32, 50))]
es = keras.callbacks.EarlyStopping(monitor="val_auroc", patience=10, verbose=1, mode="max", restore_best_weights=True)
lr = keras.callbacks.ReduceLROnPlateau(monitor="val_auroc", factor=0.2, patience=4, min_lr=1e-7, mode="max", verbose=1)
model.fit(x, np.arange(32) % 2, epochs=2, batch_size=16, validation_data=(x, np.arange(32) % 2), callbacks=[es, lr])

# %% DanQ without its recurrent layer, and DeepSEA's regularisation
import numpy as np
from keras.constraints import MaxNorm
from keras.layers import Activation, Conv1D, Dense, Dropout, Flatten, MaxPooling1D
from keras.models import Sequential
from keras.regularizers import l1_l2

model = Sequential()
model.add(Conv1D(16, 8, input_shape=(100, 4), padding="valid", activation="relu"))
model.add(MaxPooling1D(pool_size=4, strides=4))
model.add(Dropout(0.2))
model.add(Conv1D(16, 8, padding="valid", kernel_constraint=MaxNorm(0.9)))
model.add(Activation("relu"))
model.add(Dropout(0.5))
model.add(Flatten())
model.add(Dense(12, kernel_regularizer=l1_l2(l1=1e-8, l2=5e-7)))
model.add(Activation("relu"))
model.add(Dense(6))
model.add(Activation("sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["binary_accuracy"])
x = np.eye(4)[np.random.default_rng(0).integers(0, 4, (16, 100))]
model.fit(x, np.random.default_rng(1).integers(0, 2, (16, 6)), batch_size=8, epochs=1, shuffle=True)

# %% an ECG network of residual blocks
import numpy as np
import tensorflow as tf


def block(x, filters, downsample):
    shortcut = tf.keras.layers.MaxPooling1D(downsample, padding="same")(x)
    shortcut = tf.keras.layers.Conv1D(filters, 1, padding="same", use_bias=False)(shortcut)
    x = tf.keras.layers.Conv1D(filters, 7, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    x = tf.keras.layers.BatchNormalization()(x)
    x = tf.keras.layers.Activation("relu")(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    x = tf.keras.layers.Conv1D(filters, 7, strides=downsample, padding="same", use_bias=False)(x)
    return tf.keras.layers.Activation("relu")(tf.keras.layers.Add()([x, shortcut]))


signal = tf.keras.layers.Input(shape=(128, 2), dtype=np.float32, name="signal")
x = block(block(signal, 4, 4), 8, 4)
diagnosis = tf.keras.layers.Dense(5, activation="sigmoid", kernel_initializer="he_normal")(tf.keras.layers.Flatten()(x))
model = tf.keras.models.Model(signal, diagnosis)
model.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(1e-3))
x = np.random.default_rng(0).normal(size=(8, 128, 2))
model.fit(
    x,
    np.random.default_rng(1).integers(0, 2, (8, 5)),
    epochs=2,
    validation_split=0.25,
    callbacks=[
        tf.keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.1, patience=7, min_lr=1e-5),
        tf.keras.callbacks.CSVLogger("training.log", append=False),
        tf.keras.callbacks.TensorBoard(log_dir="./logs", write_graph=False),
    ],
)

# %% a series classified from scratch
import numpy as np
import keras


def make_model(input_shape):
    x = input_layer = keras.layers.Input(input_shape)
    for _ in range(3):
        x = keras.layers.Conv1D(filters=8, kernel_size=3, padding="same")(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
    gap = keras.layers.GlobalAveragePooling1D()(x)
    return keras.models.Model(inputs=input_layer, outputs=keras.layers.Dense(2, activation="softmax")(gap))


x_train = np.random.default_rng(0).normal(size=(32, 50, 1))
y_train = np.arange(32) % 2
model = make_model(input_shape=x_train.shape[1:])
keras.utils.plot_model(model, show_shapes=True)
callbacks = [
    keras.callbacks.ModelCheckpoint("best_model.keras", save_best_only=True, monitor="val_loss"),
    keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=20, min_lr=0.0001),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=50, verbose=1),
]
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["sparse_categorical_accuracy"])
history = model.fit(x_train, y_train, batch_size=16, epochs=2, callbacks=callbacks, validation_split=0.2, verbose=1)
model = keras.models.load_model("best_model.keras")
loss, accuracy = model.evaluate(x_train, y_train)
