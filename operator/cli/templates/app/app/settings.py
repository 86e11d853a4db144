"""Everything the environment may say, checked once."""

import sys
from functools import cache
{% if auth %}
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
{% if database %}

from app import NAME
{% endif %}
{% else %}
from typing import Literal

from pydantic import {% if database or workers %}Field, {% endif %}ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
{% if database %}

from app import NAME
{% endif %}
{% endif %}


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    app_env: Literal["dev", "test", "prod"] = "dev"
    log_format: Literal["Text", "JSON"] = "Text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
{% if database %}
    database_url: str = f"postgresql+asyncpg://{NAME}:{NAME}@127.0.0.1:5432/{NAME}"
    page_size: int = Field(default=20, ge=1, le=200)
{% if scheduler %}
    note_days: int = Field(default=30, ge=1)
{% endif %}
{% endif %}
{% if redis %}
    redis_url: str = "redis://127.0.0.1:6379/0"
{% endif %}
{% if frontend %}
    api_url: str = "http://127.0.0.1:8000"
{% endif %}
{% if workers or scheduler %}
    aegis_metrics_port: int | None = None
{% endif %}
{% if workers %}
    aegis_processes: int = Field(default=1, ge=1)
    aegis_threads: int = Field(default=4, ge=1)
{% endif %}
{% if auth %}
    jwt_issuer: str | None = None
    jwt_audiences: Annotated[list[str], NoDecode] = []
    jwt_jwks_file: Path | None = None
    jwt_signing_key_file: Path | None = None
    jwt_signing_key_id: str | None = None
    access_token_seconds: int = Field(default=300, ge=1)
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, ge=1)

    @field_validator("jwt_audiences", mode="before")
    @classmethod
    def separated_by_commas(cls, text: str | list[str]) -> list[str]:
        """Take the list apart."""
        return text if isinstance(text, list) else [part.strip() for part in text.split(",")]

    @model_validator(mode="after")
    def tokens_are_whole_or_off(self) -> Self:
        """A token that is checked for half of what it should say proves nothing."""
        checking = ("jwt_issuer", "jwt_audiences", "jwt_jwks_file")
        signing = ("jwt_signing_key_file", "jwt_signing_key_id")
        if any(getattr(self, name) for name in (*checking, *signing)):
            self._require(checking)
        if any(getattr(self, name) for name in signing):
            self._require(signing)
        return self

    def _require(self, names: tuple[str, ...]) -> None:
        missing = [name.upper() for name in names if not getattr(self, name)]
        if missing:
            raise ValueError(f"{' and '.join(missing)} must be set, too")
{% endif %}


@cache
def settings() -> Settings:
    """Read the environment once; end the process with one line per mistake."""
    try:
        return Settings()
    except ValidationError as error:
        for mistake in error.errors(include_input=False):
            variable = "_".join(map(str, mistake["loc"])).upper() or "environment"
            print(f"settings: {variable}: {mistake['msg']}", file=sys.stderr)  # noqa: T201 logging is not set up yet
        raise SystemExit(1) from None
