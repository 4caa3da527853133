"""Keras's back end as older code uses it: settings, and functions of arrays by their older names."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "dragonet.utils.seeds": "clear_session",
        "settings": "backend epsilon floatx image_data_format set_epsilon set_floatx set_image_data_format",
        "dtypes": "is_float_dtype is_int_dtype is_keras_tensor result_type standardize_dtype",
        "functions": "abs all any arange argmax argmin batch_dot batch_flatten bias_add binary_crossentropy cast cast_to_floatx "
        "categorical_crossentropy clip concatenate cos count_params cumprod cumsum dot dropout dtype elu equal eval exp "
        "expand_dims flatten gather get_value greater greater_equal hard_sigmoid int_shape l2_normalize less less_equal "
        "log max maximum mean min minimum ndim not_equal one_hot ones_like permute_dimensions pow prod relu repeat "
        "repeat_elements reshape reverse round set_value shape sigmoid sign sin softmax softplus softsign "
        "sparse_categorical_crossentropy sqrt square squeeze stack std stop_gradient sum switch tanh tile transpose "
        "update update_add update_sub var zeros_like",
        "creation": "constant eye ones random_bernoulli random_normal random_uniform truncated_normal variable zeros",
    },
)
