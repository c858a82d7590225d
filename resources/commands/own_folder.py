"""The folder in which a user's commands run: that of the study file that names them."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, PrivateAttr


class OwnFolder(BaseModel):
    """Settings that name commands; they remember the study file's folder, outside the settings themselves."""

    _base: Path | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Remember the folder in ``model_validate(…, context={"base": folder})``."""
        super().model_post_init(context)
        if isinstance(context, dict) and "base" in context:
            self._base = Path(context["base"])

    @property
    def folder(self) -> Path:
        """Working directory of the commands: the study file's folder, or else this process's own."""
        return (self._base or Path()).absolute()
