# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""AdamW over the parameters of a cohort, with a weight decay for each replicate.

It calls the fused kernel of ``torch.optim.Adam`` itself: an optimiser of torch imports torch's compiler, seconds of
processor time in every process that fits, and never compiles here.
"""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

EPSILON = 1e-8
"""Added to the root of the second moment, as in ``torch.optim.Adam``."""


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
        self.parameters, self._betas, self._decay, self._decayed = parameters, betas, decay, decayed
        for parameter in parameters.values():
            parameter.requires_grad_()
        self._means, self._squares = (
            {name: torch.zeros_like(parameter) for name, parameter in parameters.items()} for _ in range(2)
        )
        self._done = {name: torch.zeros((), device=parameter.device) for name, parameter in parameters.items()}

    def step(self, loss: Tensor, rate: float) -> None:
        """Take one step down the gradient of a loss at a learning rate."""
        for parameter in self.parameters.values():
            parameter.grad = None
        loss.backward()
        if self._decay is not None:
            self._shrink((-rate * self._decay).exp())
        self._descend(rate)

    @torch.no_grad()
    def _descend(self, rate: float) -> None:
        """Move the parameters that have a gradient; the others rest, as in torch."""
        gradients = {name: leaf.grad for name, leaf in self.parameters.items() if leaf.grad is not None}
        done = [self._done[name] for name in gradients]
        torch._foreach_add_(done, 1)
        torch._fused_adam_(
            [self.parameters[name] for name in gradients],
            list(gradients.values()),
            [self._means[name] for name in gradients],
            [self._squares[name] for name in gradients],
            [],
            done,
            lr=rate,
            beta1=self._betas[0],
            beta2=self._betas[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    @torch.no_grad()
    def _shrink(self, factors: Tensor) -> None:
        """Multiply the parameters that decay by the factor of each replicate (K,)."""
        for name in self._decayed:
            parameter = self.parameters[name]
            parameter.mul_(factors.view(-1, *[1] * (parameter.dim() - 1)))

    def state(self) -> dict[str, Tensor]:
        """Return the state for a resume: ``parameter/…``, ``mean/…`` and ``square/…``, each (K, …)."""
        state = {f"parameter/{name}": parameter.detach() for name, parameter in self.parameters.items()}
        for kind, moments in self._moments().items():
            state |= {f"{kind}/{name}": moment for name, moment in moments.items()}
        return state

    def resume(self, state: Mapping[str, Tensor], *, done: int) -> None:
        """Resume from the :meth:`state` after ``done`` steps."""
        for name, parameter in self.parameters.items():
            parameter.data.copy_(state[f"parameter/{name}"])
            self._done[name].fill_(done)
        for kind, moments in self._moments().items():
            for name, moment in moments.items():
                moment.copy_(state[f"{kind}/{name}"])

    def _moments(self) -> dict[str, dict[str, Tensor]]:
        """Return Adam's two moments of a gradient: name in a checkpoint → name of a parameter → (K, …)."""
        return {"mean": self._means, "square": self._squares}
