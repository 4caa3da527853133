"""Cases of the recurrent layers whose cell is known; wrappers of layers are in tests/layers/recurrent."""

from helpers.layer_case import Case

_WIDE = {"kernel_initializer": "he_normal", "bias_initializer": "ones"}
_PENALTIES = {
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l1",
    "bias_regularizer": "l2",
    "recurrent_constraint": "max_norm",
}

CASES = [
    Case("SimpleRNN", {"units": 3}, (2, 4, 5)),
    Case("SimpleRNN", {"units": 3, "activation": "relu", "return_sequences": True, **_WIDE}, (2, 4, 5)),
    Case("SimpleRNN", {"units": 2, "go_backwards": True, "return_sequences": True, "use_bias": False}, (2, 4, 3)),
    Case("LSTM", {"units": 3}, (2, 4, 5)),
    Case("LSTM", {"units": 3, "return_sequences": True, "unit_forget_bias": False, **_PENALTIES}, (2, 4, 5), mask=True),
    Case(
        "LSTM",
        {"units": 2, "go_backwards": True, "zero_output_for_mask": True, "return_sequences": True},
        (2, 4, 3),
        mask=True,
    ),
    Case("LSTM", {"units": 2, "return_state": True, "recurrent_activation": "hard_sigmoid", "unroll": True}, (2, 4, 3)),
    Case("GRU", {"units": 3}, (2, 4, 5)),
    Case("GRU", {"units": 3, "reset_after": False, "return_sequences": True, **_WIDE}, (2, 4, 5), mask=True),
    Case("GRU", {"units": 2, "return_state": True, "go_backwards": True, "use_bias": False}, (2, 4, 3), mask=True),
]
