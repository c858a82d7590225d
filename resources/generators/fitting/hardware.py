"""Device and floating-point precision of training."""

from typing import TYPE_CHECKING, Literal

from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    import torch

Device = Literal["auto", "cpu", "cuda"]
FloatName = Literal["float32", "bfloat16"]
Precision = Literal["auto", "float32", "bfloat16"]


def choose_device(setting: Device, *, kind: str) -> "torch.device":
    """Return the device of a generator's setting; ``auto`` is a GPU where there is one.

    Raises:
        BadInput: the setting is ``cuda``, and torch finds no GPU; the message names the generator ``kind``.
    """
    import torch

    available = torch.cuda.is_available()
    if setting == "cuda" and not available:
        raise BadInput(f"generator '{kind}': 'device: cuda' is set, but torch finds no GPU; set 'device: auto'")
    return torch.device("cuda" if available and setting != "cpu" else "cpu")


def choose_precision(setting: Precision, device: "torch.device") -> FloatName:
    """Return the precision of matrix products; ``auto`` is bfloat16 on a GPU that supports it, float32 elsewhere."""
    import torch

    if setting == "auto":
        return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    return setting
