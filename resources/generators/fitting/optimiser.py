# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""AdamW over the parameters of a cohort, with a weight decay for each replicate."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

STATE = {"mean": "exp_avg", "square": "exp_avg_sq"}
"""Name in a checkpoint → name in torch, of Adam's two moments of a gradient."""


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).

    Attributes:
        parameters: name → leaf with a leading axis of replicates; changed in place.
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        *,
        decay: Tensor | None = None,
        decayed: Collection[str] = (),
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        """Optimise parameters.

        Args:
            parameters: see the class.
            decay: (K,) weight decay of each replicate; None for plain Adam.
            decayed: names of the parameters that decay.
            betas: Adam's.
        """
        self.parameters, self._decay, self._decayed = parameters, decay, decayed
        for parameter in parameters.values():
            parameter.requires_grad_()
        self._adam = torch.optim.Adam(list(parameters.values()), betas=betas, fused=True)

    def step(self, loss: Tensor, rate: float) -> None:
        """Take one step down the gradient of a loss at a learning rate."""
        self._adam.zero_grad()
        loss.backward()
        self._adam.param_groups[0]["lr"] = rate
        if self._decay is not None:
            self._shrink((-rate * self._decay).exp())
        self._adam.step()

    @torch.no_grad()
    def _shrink(self, factors: Tensor) -> None:
        """Multiply the parameters that decay by the factor of each replicate (K,)."""
        for name in self._decayed:
            parameter = self.parameters[name]
            parameter.mul_(factors.view(-1, *[1] * (parameter.dim() - 1)))

    def state(self) -> dict[str, Tensor]:
        """Return the state for a resume: ``parameter/…``, ``mean/…`` and ``square/…``, each (K, …)."""
        state = {f"parameter/{name}": parameter.detach() for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            state |= {f"{kind}/{name}": self._adam.state[parameter][own] for kind, own in STATE.items()}
        return state

    def resume(self, state: Mapping[str, Tensor], *, done: int) -> None:
        """Resume from the :meth:`state` after ``done`` steps."""
        for name, parameter in self.parameters.items():
            parameter.data.copy_(state[f"parameter/{name}"])
            self._adam.state[parameter] = {
                "step": torch.tensor(float(done), device=parameter.device),
                **{own: state[f"{kind}/{name}"].to(parameter.device, copy=True) for kind, own in STATE.items()},
            }
