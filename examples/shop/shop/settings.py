"""Everything the environment may say, checked once."""

import sys
from functools import cache
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_KEY = "development-only"


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    app_env: Literal["dev", "test", "prod"] = "dev"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    database_url: str = "postgresql+asyncpg://shop:shop@127.0.0.1:5432/shop"
    redis_url: str = "redis://127.0.0.1:6379/0"
    api_url: str = "http://127.0.0.1:8000"
    log_format: Literal["console", "JSON"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    page_size: int = Field(default=20, ge=1, le=200)
    order_ttl_seconds: int = Field(default=900, ge=1)

    @model_validator(mode="after")
    def production_has_its_own_key(self) -> Self:
        """Receipts signed with a published key would prove nothing."""
        if self.app_env == "prod" and self.secret_key.get_secret_value() == DEVELOPMENT_KEY:
            raise ValueError("SECRET_KEY must be set when APP_ENV=prod")
        return self


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
