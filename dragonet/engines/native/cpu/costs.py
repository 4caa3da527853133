"""What lowering asks of this target."""

from dragonet.engines.native.cpu.ops.convolution import list_rows
from dragonet.engines.native.plan.costs import Costs

CPU = Costs(alone=1024, few_outputs=12, few_channels=8, list_rows=list_rows)
