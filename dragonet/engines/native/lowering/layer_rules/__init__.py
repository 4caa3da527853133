"""The layers that the native engine knows: which node each becomes, and which options it does not know."""

from dragonet.engines.native.lowering.layer_rules import dense, elementwise, normalization, windows
from dragonet.engines.native.lowering.layer_rules.augmentation import move_of
from dragonet.engines.native.lowering.layer_rules.registry import NODES, activation_of

__all__ = ["NODES", "activation_of", "dense", "elementwise", "move_of", "normalization", "windows"]
