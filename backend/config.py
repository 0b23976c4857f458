"""The user's configuration: one TOML file, environment and command line on top of it.

Sources, strongest first: command line, `GROUNDWIRE_*` environment, the TOML file, defaults. Unknown keys are errors.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

Port = Annotated[int, Field(ge=0, le=65535)]


class ConfigError(Exception):
    """The configuration cannot be used; the text is one line that says what to change."""


class ProfileConfig(BaseModel):
    """A person whose chats are watched over. port: a proxy port of their own, which tells whose chat it is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    age: int | None = Field(default=None, ge=0, le=120)
    language: Literal["en", "es", "pt", "de", "fr"] = "en"
    country: str | None = Field(default=None, pattern="^[A-Za-z]{2}$")
    port: Port | None = None


class ReverseConfig(BaseModel):
    """A local model server that is fronted by a port of ours, e.g. Ollama's http://127.0.0.1:11434."""

    model_config = ConfigDict(extra="forbid")

    upstream: str = Field(pattern=r"^https?://[^/\s]+$")
    port: Port


class Config(BaseSettings):
    """Everything that `groundwire run` can be told."""

    model_config = SettingsConfigDict(env_prefix="GROUNDWIRE_", extra="forbid")

    port: Port = 8080
    data: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("groundwire", appauthor=False)))
    store: str | None = None
    profile: ProfileConfig = Field(default_factory=lambda: ProfileConfig(name="myself"))
    profiles: list[ProfileConfig] = Field(default_factory=list)
    reverse: list[ReverseConfig] = Field(default_factory=list)
    connect_to: list[str] = Field(default_factory=list)
    upstream_ca: list[Path] = Field(default_factory=list)

    @field_validator("connect_to")
    @classmethod
    def _four_parts(cls, values: list[str]) -> list[str]:
        for value in values:
            parts = value.rsplit(":", 3)
            if len(parts) != 4 or not parts[2] or not parts[3].isdigit():
                raise ValueError(f"{value!r} is not HOST:PORT:HOST2:PORT2")
        return values

    @field_validator("upstream_ca")
    @classmethod
    def _readable(cls, values: list[Path]) -> list[Path]:
        for value in values:
            if not value.is_file():
                raise ValueError(f"{value} is not a file")
        return values

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [self.profile.name, *(p.name for p in self.profiles)]
        if len(set(names)) != len(names):
            raise ValueError("two profiles have the same name")
        if self.port == 65535:
            raise ValueError("port must leave room for the API on the next one: use 65534 or lower")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(file: Path | None, overrides: dict[str, Any]) -> Config:
    """Read and check the configuration. Raises ConfigError."""
    if file is not None and not file.is_file():
        raise ConfigError(f"configuration file {file} does not exist")
    profile = {k: overrides.pop(k) for k in ("name", "age") if k in overrides}

    class FromFile(Config):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        config = FromFile(**overrides)
        if profile:
            merged = config.profile.model_dump() | profile
            config = config.model_copy(update={"profile": ProfileConfig(**merged)})
        return config
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"configuration file {file} is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "configuration"
        raise ConfigError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error
