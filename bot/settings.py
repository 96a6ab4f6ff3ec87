"""Every setting of the outside contract, read once from the environment and handed in.

A wrong setting stops the start with the variable's name, what it holds and what it may hold. `docs/operating.md` lists
them all; a test holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import OperatorError

PREFIX = "IDELABB_"


class Settings(BaseSettings):
    """The settings. Descriptions are what an operator reads in an error and in `docs/operating.md`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: str = Field("", description="SQLAlchemy URL, sqlite+aiosqlite:///FILE or postgresql+asyncpg://…")
    data_dir: Path = Field(Path("data"), description="folder where the embedded default keeps its files")
    municipality: Annotated[tuple[str, ...], NoDecode] = Field(
        ("ekero",),
        description="folder names under municipalities/ or paths, with commas between, the default one first",
    )
    host: str = Field("127.0.0.1", min_length=1, description="address the web server listens on")
    port: int = Field(8080, ge=0, le=65535, description="a port number, 1 to 65535 (0: any free one)")
    public_url: str = Field("", description="address residents see, beginning with http:// or https://")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="addresses of proxies, with commas between"
    )
    metrics_token: str = Field("", description="a secret word of your choice")
    telegram_token: str = Field("", description="the token BotFather gave, like 123456:ABC-DEF")
    telegram_api_url: str = Field("https://api.telegram.org", description="address of a Bot API server")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="polling or webhook")
    webhook_url: str = Field("", description="the address Telegram posts to, ending in /telegram/webhook")
    webhook_secret: str = Field("", max_length=256, description="1 to 256 letters, digits, _ and -")
    coach_chat_id: Annotated[tuple[Annotated[int, Field(lt=0)], ...], NoDecode] = Field(
        (), description="the number of a forum group, like -1001234567890, or of several, with commas between"
    )
    paid_broadcast: bool = Field(False, description="on or off")
    telegram_rate: float = Field(28, ge=0, description="messages a second, 0 for no pacing")
    smtp_url: str = Field("", description="smtp://USER:PASSWORD@HOST:PORT, or smtps://…")
    mail_from: str = Field("", description="the e-mail address letters come from")
    mail_reply_to: str = Field("", description="the e-mail address answers go to")
    translate_url: str = Field("", description="address of a LibreTranslate server, beginning with http:// or https://")
    translate_key: str = Field("", description="the key the translation server gave")
    oidc_issuer: str = Field("", description="the issuer's own name, beginning with https://")
    oidc_client_id: str = Field("", description="the name the issuer knows this program by")
    oidc_client_secret: str = Field("", description="the secret the issuer gave")
    secret_key: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="one or more keys of 32 signs or more, newest first"
    )

    @field_validator("municipality", "trusted_proxies", "secret_key", "coach_chat_id", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _usable_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            driver = make_url(value).drivername
        except ArgumentError as error:
            raise ValueError("is no database URL") from error
        if driver not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
            raise ValueError(f'starts with "{driver}"; use "postgresql+asyncpg://" or "sqlite+aiosqlite://"')
        return value

    @field_validator("public_url", "webhook_url", "telegram_api_url", "translate_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]", value):
            raise ValueError("does not begin with http:// or https:// and a host")
        return value.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and not re.match(r"https://[^/\s]|http://(localhost|127\.0\.0\.1)[:/]", value):
            raise ValueError("does not begin with https:// and a host")
        return value  # as it is: it has to be, to the sign, what the issuer calls itself

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d+:[\w-]+", value):
            raise ValueError("does not look like a bot token")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: str) -> str:
        if not re.fullmatch(r"[\w-]*", value, re.ASCII):
            raise ValueError("holds other signs")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(key) < 32 for key in keys):
            raise ValueError("holds a key of fewer than 32 signs")
        return keys

    @property
    def database(self) -> str:
        """The database's URL, the embedded default in the data folder when none is set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'idelabb.db'}"

    @property
    def address(self) -> str:
        """The public address without a slash at the end."""
        return self.public_url or f"http://{self.host}:{self.port}"


SECRET = frozenset(
    {
        "telegram_token",
        "secret_key",
        "webhook_secret",
        "metrics_token",
        "smtp_url",
        "database_url",
        "translate_key",
        "oidc_client_secret",
    }
)
"""Settings whose value is never shown."""


def read_settings() -> Settings:
    """The settings in the environment.

    Raises:
        OperatorError: One or more cannot be used; a line for each names it, what it holds and what it may hold.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise OperatorError(
            "\n".join(_explain(each["loc"], each["input"], each["msg"]) for each in error.errors())
        ) from error
    together = {name: getattr(settings, name) for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret")}
    lacking = [f"{PREFIX}{name.upper()}" for name, value in together.items() if not value]
    if 0 < len(lacking) < len(together):
        raise OperatorError(f"{' and '.join(lacking)} must be set too: sign-in by OpenID Connect needs all of "
                            f"{', '.join(f'{PREFIX}{name.upper()}' for name in together)}, or none")  # fmt: skip
    return settings


def _explain(location: tuple[int | str, ...], held: object, message: str) -> str:
    name = str(location[0])
    field = Settings.model_fields[name]
    value = "a value that is not shown here" if name in SECRET else f'"{held}"'
    reason = message.removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} holds {value} ({reason}); it may hold: {field.description}"
