"""Networks for pictures, as tutorials write them. Each cell runs alone, after the first import has been replaced."""

# %% a small convolutional network
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

num_classes = 10
x_train = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype("uint8")
y_train = np.random.default_rng(1).integers(0, num_classes, 64)
x_train = x_train.astype("float32") / 255
x_train = np.expand_dims(x_train, -1)
y_train = keras.utils.to_categorical(y_train, num_classes)
model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=1, validation_split=0.1)
score = model.evaluate(x_train, y_train, verbose=0)
print("loss", score[0], "accuracy", score[1])

# %% augmentation, rescaling and an optimizer of its own
import numpy as np
import keras
from keras import layers

augment = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2)])
inputs = keras.Input(shape=(32, 32, 3))
x = augment(inputs)
x = layers.Rescaling(1.0 / 255)(x)
for size in [8, 16]:
    x = layers.SeparableConv2D(size, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.25)(x)
outputs = layers.Dense(1, activation=None)(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.Adam(3e-4),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy(name="acc")],
)
x = np.random.default_rng(0).uniform(0, 255, (32, 32, 32, 3))
y = np.random.default_rng(1).integers(0, 2, 32)
model.fit(x, y, epochs=1, batch_size=16)
probability = float(keras.ops.sigmoid(model.predict(x[:1])[0][0]))
assert 0 <= probability <= 1

# %% a residual network in the manner of the functional guide
import numpy as np
import keras
from keras import layers

inputs = keras.Input(shape=(16, 16, 3), name="img")
x = layers.Conv2D(8, 3, activation="relu")(inputs)
block_1_output = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(8, 3, activation="relu", padding="same")(block_1_output)
block_2_output = layers.add([x, block_1_output])
x = layers.Conv2D(8, 3, activation="relu", padding="same")(block_2_output)
x = layers.add([x, block_2_output])
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs, outputs, name="toy_resnet")
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["acc"],
)
x = np.random.default_rng(0).random((16, 16, 16, 3))
model.fit(x, np.arange(16) % 10, batch_size=8, epochs=1, validation_split=0.25)
extractor = keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])
assert len(extractor(x[:2])) == len(model.layers)

# %% a convolutional autoencoder that removes noise
import numpy as np
from keras import layers
from keras.models import Model

clean = np.random.default_rng(0).random((32, 28, 28, 1))
noisy = np.clip(clean + 0.4 * np.random.default_rng(1).normal(size=clean.shape), 0.0, 1.0)
input = layers.Input(shape=(28, 28, 1))
x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(input)
x = layers.MaxPooling2D((2, 2), padding="same")(x)
x = layers.Conv2DTranspose(8, (3, 3), strides=2, activation="relu", padding="same")(x)
x = layers.Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)
autoencoder = Model(input, x)
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
autoencoder.fit(x=noisy, y=clean, epochs=1, batch_size=16, shuffle=True, validation_data=(noisy, clean))

# %% a U-Net for masks
import numpy as np
import keras
from keras import layers

inputs = keras.Input((16, 16, 3))
skip = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
x = layers.MaxPooling2D()(skip)
x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
x = layers.UpSampling2D(2)(x)
x = layers.concatenate([x, skip], axis=-1)
outputs = layers.Conv2D(3, 1, activation="softmax", padding="same")(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="sparse_categorical_crossentropy")
masks = np.random.default_rng(1).integers(0, 3, (8, 16, 16))
callbacks = [keras.callbacks.ModelCheckpoint("segmentation.keras", save_best_only=True)]
model.fit(np.random.default_rng(0).random((8, 16, 16, 3)), masks, epochs=1, validation_split=0.25, callbacks=callbacks)
assert np.argmax(model.predict(np.zeros((1, 16, 16, 3))), axis=-1).shape == (1, 16, 16)

# %% patches of a picture by ops, mixed by dense layers
import numpy as np
import keras
from keras import layers

inputs = keras.Input((8, 8, 3))
patches = keras.ops.reshape(inputs, (-1, 16, 12))
x = layers.Dense(8)(patches)
y = layers.LayerNormalization(epsilon=1e-6)(x)
y = layers.Permute((2, 1))(y)
y = layers.Dense(16, activation="gelu")(y)
y = layers.Permute((2, 1))(y)
x = x + y
x = layers.GlobalAveragePooling1D()(x)
model = keras.Model(inputs, layers.Dense(4)(x))
model.compile(
    optimizer=keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=1e-4),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[
        keras.metrics.SparseCategoricalAccuracy(name="acc"),
        keras.metrics.SparseTopKCategoricalAccuracy(2, name="top2"),
    ],
)
history = model.fit(np.random.default_rng(0).random((8, 8, 8, 3)), np.arange(8) % 4, epochs=1)
assert "top2" in history.history

# %% ImageDataGenerator
import numpy as np
from tensorflow.keras.layers import Conv2D, Dense, Flatten
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.image import ImageDataGenerator

x = np.random.default_rng(0).uniform(0, 255, (32, 16, 16, 3))
y = np.eye(3)[np.arange(32) % 3]
generator = ImageDataGenerator(rescale=1.0 / 255, rotation_range=10, width_shift_range=0.1, horizontal_flip=True)
model = Sequential()
model.add(Conv2D(4, (3, 3), activation="relu", input_shape=(16, 16, 3)))
model.add(Flatten())
model.add(Dense(3, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
model.fit(generator.flow(x, y, batch_size=16), steps_per_epoch=2, epochs=1)

# %% the class activation map of a last convolution
import numpy as np
import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input((12, 12, 1)),
        layers.Conv2D(4, 3, activation="relu", name="last"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3),
    ]
)
features = keras.Model(model.input, [model.get_layer("last").output, model.output])
maps, scores = features(np.random.default_rng(0).random((1, 12, 12, 1)))
weights = model.layers[-1].get_weights()[0]
cam = np.asarray(maps[0]) @ weights[:, int(np.argmax(scores[0]))]
assert cam.shape == (10, 10)
