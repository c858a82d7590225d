"""Where networks are trained, and in which precision."""

from typing import TYPE_CHECKING, Literal

from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    import torch

Device = Literal["auto", "cpu", "cuda"]
FloatName = Literal["float32", "bfloat16"]
Precision = Literal["auto", "float32", "bfloat16"]


def chosen_device(setting: Device, *, kind: str) -> "torch.device":
    """Return the device that a generator's setting asks for; ``auto`` takes a GPU where there is one.

    Raises:
        BadInput: a GPU was asked for, and torch finds none; the message names the generator ``kind``.
    """
    import torch

    available = torch.cuda.is_available()
    if setting == "cuda" and not available:
        raise BadInput(f"generator '{kind}': 'device: cuda' was asked for, and torch finds no GPU; set 'device: auto'")
    return torch.device("cuda" if available and setting != "cpu" else "cpu")


def chosen_precision(setting: Precision, device: "torch.device") -> FloatName:
    """Return what products are computed in; ``auto`` takes bfloat16 on a GPU that has it, float32 elsewhere."""
    import torch

    if setting == "auto":
        return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    return setting
