# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""Matrix products on a CPU by oneDNN.

torch multiplies float32 matrices by MKL, which does not use AVX-512 on AMD processors: there oneDNN takes half the time
at the same precision. Elsewhere the two are equally fast.
"""

from typing import Any

import torch
from torch import Tensor


def linear(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return inputs (N, I) × weight (I, O) + bias (O,), with its gradient."""
    if not _by_onednn(inputs):
        return torch.addmm(bias, inputs, weight)
    result: Tensor = _Linear.apply(inputs, weight, bias)
    return result


def product(left: Tensor, right: Tensor) -> Tensor:
    """Return left (N, I) × right (I, O); by oneDNN only where no gradient is needed."""
    differentiated = torch.is_grad_enabled() and (left.requires_grad or right.requires_grad)
    return left @ right if differentiated or not _by_onednn(left) else _multiply_transposed(left, right.T, None)


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(inputs, weight)
        return _multiply_transposed(inputs, weight.T, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        (inputs, weight), (gradient,) = ctx.saved_tensors, gradients
        return (
            _multiply_transposed(gradient, weight, None),
            _multiply_transposed(inputs.T, gradient.T, None),
            gradient.sum(0),
        )


def _by_onednn(inputs: Tensor) -> bool:
    return (
        inputs.device.type == "cpu"
        and inputs.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


def _multiply_transposed(left: Tensor, right: Tensor, bias: Tensor | None) -> Tensor:
    """Left (N, I) × right (O, I) transposed + bias (O,)."""
    result: Tensor = torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")
    return result
