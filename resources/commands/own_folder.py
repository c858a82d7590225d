"""The folder in which a user's commands run: that of the study file that names them."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, PrivateAttr, StringConstraints


class OwnFolder(BaseModel):
    """Settings that name commands; they remember the study file's folder, outside the settings themselves.

    Attributes:
        environment: names of variables that the commands get beside those of docs/external.md, such as the key of an
            API; their values are no settings, and are stored nowhere.
    """

    environment: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = Field(
        default=(), max_length=100
    )
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
