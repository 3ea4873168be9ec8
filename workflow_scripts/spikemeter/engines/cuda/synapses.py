"""Synapses and pooling for the engine ``scan``, forward and backward."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from spikemeter.networks.notation import Stage

# Currents before a pooling are several times larger than behind it; they are made
# part by part, each large enough to keep a device busy.
PART_BYTES = 2**26


@contextmanager
def use_precision(precision: str) -> Iterator[None]:
    """Allow torch's products TF32 with the precision ``tf32``, else forbid it."""
    tf32 = precision == "tf32"
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def forward(
    stage: Stage, layer: nn.Module, activity: Tensor, dtype: torch.dtype
) -> tuple[Tensor, Tensor | None]:
    """Return what a stage feeds its neurons, and which outputs its pooling lets pass.

    The activity has the shape (images, *in_shape), and is multiplied in ``dtype``. The
    current, in memory of its own, has the shape (images, *out_shape), and so have the
    winners: the place of each pooled maximum in its plane, None without pooling.
    """
    weight, bias = _parameters(layer, dtype)
    if stage.kind == "linear":
        return functional.linear(activity.flatten(1).to(dtype), weight, bias), None
    if stage.pool == 1:
        images = activity.to(dtype)
        return functional.conv2d(images, weight, bias, padding=stage.padding), None
    current = weight.new_empty(len(activity), *stage.out_shape)
    narrow = math.prod(stage.map_shape[1:]) <= torch.iinfo(torch.int16).max
    winners = torch.empty_like(current, dtype=torch.int16 if narrow else torch.int32)
    for part in _parts(stage, len(activity)):
        # No name keeps a part's unpooled currents while the next part's are made.
        current[part], winners[part] = functional.max_pool2d(
            functional.conv2d(
                activity[part].to(dtype), weight, bias, padding=stage.padding
            ),
            stage.pool,
            return_indices=True,
        )
    return current, winners


def backward(
    stage: Stage,
    layer: nn.Module,
    activity: Tensor,
    gradient: Tensor,
    winners: Tensor | None,
    *,
    onwards: bool,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return the gradients of weight and bias, and with ``onwards`` of the activity.

    ``gradient``, of the current, is of the type to multiply in; the others are as in
    :func:`forward`. A stage lies before this one if ``onwards``.
    """
    dtype = gradient.dtype
    weight, _ = _parameters(layer, dtype)
    # Unpooling only adds zeros; torch's own sum is more exact than that of oneDNN.
    of_bias = gradient.sum((0, *range(2, gradient.ndim)), dtype=torch.float32)
    if stage.kind == "linear":
        of_weight = gradient.T @ activity.flatten(1).to(dtype)
        return of_weight.float(), of_bias, gradient @ weight if onwards else None
    of_weight = torch.zeros_like(weight, dtype=torch.float32)
    before = gradient.new_empty(activity.shape) if onwards else None
    for part in _parts(stage, len(activity)):
        unpooled = gradient[part]
        if winners is not None:
            # The pooling's windows do not overlap: no place wins twice.
            unpooled = functional.max_unpool2d(
                *(unpooled, winners[part].long(), [stage.pool] * 2),
                output_size=list(stage.map_shape[1:]),
            )
        found = torch.ops.aten.convolution_backward(
            *(unpooled, activity[part].to(dtype), weight, None, [1, 1]),
            *([stage.padding] * 2, [1, 1], False, [0, 0], 1, [onwards, True, False]),
        )
        of_weight += found[1]
        if before is not None:
            before[part] = found[0]
    return of_weight, of_bias, before


def _parts(stage: Stage, images: int) -> Iterator[slice]:
    """Yield parts of a batch whose unpooled currents fit in ``PART_BYTES``."""
    size = math.prod(stage.map_shape) * torch.float32.itemsize
    part = max(1, PART_BYTES // size)
    for start in range(0, images, part):
        yield slice(start, start + part)


def _parameters(layer: nn.Module, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    return weight.to(dtype), bias.to(dtype)
