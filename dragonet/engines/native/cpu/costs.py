"""What lowering asks of this target."""

from dragonet.engines.native.cpu.kernels.convolution import sparse_gradients
from dragonet.engines.native.plan.costs import Costs

CPU = Costs(alone=1024, few_outputs=12, few_channels=8, list_rows=sparse_gradients.strip)
