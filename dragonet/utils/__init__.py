"""Keras's helpers: one-hot labels, seeds, batches of one's own, registered names."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "arrays": "normalize to_categorical",
        "pictures": "array_to_img img_to_array load_img save_img",
        "seeds": "clear_session set_random_seed",
        "batches": "PyDataset Sequence",
        "data_tuples": "pack_x_y_sample_weight unpack_x_y_sample_weight",
        "dragonet.backend.dtypes": "is_keras_tensor standardize_dtype",
        "objects": "CustomObjectScope custom_object_scope deserialize_keras_object get_custom_objects get_registered_name "
        "get_registered_object register_keras_serializable serialize_keras_object",
    },
)
