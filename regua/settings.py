"""Where things lie and how big they may be: infrastructure comes from the environment, strategy never does."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from regua.clock import DEFAULT_ZONE
from regua.errors import SettingsError


class Settings(BaseSettings):
    """Infrastructure settings, each from an environment variable ``REGUA_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="REGUA_", extra="ignore", frozen=True)

    home: Path = Field(Path(".regua"), description="Where one book keeps its tables, profiles, releases and decisions.")
    store_url: SecretStr | None = Field(
        None, description="Where decisions are kept: postgresql://…, or sqlite:///…; the home's own file when unset."
    )
    portfolio: str = Field(
        "main", pattern="^[a-z0-9][a-z0-9_-]{0,62}$", description="The one portfolio this service serves."
    )
    environment: Literal["live", "test"] = Field(
        "live", description="Whose keys and tokens count here: those of real traffic, or those of a sandbox."
    )
    token_keys: str | None = Field(
        None, description="Public keys of those who sign tokens, a JWK set: a file, or an address on this machine."
    )
    token_audience: str = Field("regua", min_length=1, description="The audience a token must be meant for.")
    token_issuer: str | None = Field(None, description="Who must have issued a token; anybody with a key when unset.")
    requests_per_minute: int = Field(
        60_000, ge=1, le=100_000_000, description="Requests a caller may make a minute, unless its key says otherwise."
    )
    redis_url: SecretStr | None = Field(
        None,
        description="Where profiles are online and requests are counted for all processes: redis://…; "
        "in the home, and each process for itself, when unset.",
    )
    zone: str = Field(DEFAULT_ZONE, description="The zone of the business day.")
    threads: int = Field(2, ge=1, le=256, description="Threads for DuckDB and LightGBM.")
    memory_mb: int = Field(3072, ge=256, description="Memory DuckDB may use before it spills to disk.")
    chunk_rows: int = Field(50_000, ge=1, description="Rows per Arrow chunk in the batch path.")
    trial_cpu_seconds: int = Field(20, ge=1, le=3_600, description="Processor time a new release may take to load.")
    trial_seconds: float = Field(120, gt=0, le=7_200, description="Time by the clock a new release may take to load.")
    trial_memory_mb: int = Field(1_024, ge=32, description="Memory a new release may take to load, libraries apart.")
    language: str = Field("pt-BR", pattern="^(pt-BR|en)$", description="Language of what the command line prints.")
    webhook_networks: tuple[str, ...] = Field(
        (),
        description='Networks of your own that webhooks may call, as JSON: ["10.20.0.0/16"]; none beside the public.',
    )
    webhook_authorities: Path | None = Field(
        None, description="Certificates that receivers of webhooks are trusted by."
    )
    webhook_key: SecretStr | None = Field(
        None, description="32 bytes in base64 that seal webhook secrets; the home's own webhooks.key when unset."
    )
    otlp_endpoint: str | None = Field(None, description="Where traces go, by OTLP over HTTP; no traces when unset.")
    profile_budget_ms: int = Field(
        50,
        ge=1,
        le=60_000,
        description="How long reading online profiles may take before the last snapshot stands in.",
    )
    feed_minutes: float = Field(
        30, gt=0, le=10_080, description="How late a feed of payments and opt-outs may be before nobody is contacted."
    )
    needed_feeds: tuple[str, ...] = Field(
        (),
        description='Feeds without which nobody is contacted, as JSON: ["payments"]; those once heard always count.',
    )
    report_minutes: float = Field(
        60,
        ge=0,
        le=10_080,
        description="How long after its hours a claimed permit may go unreported before its contact is unknown.",
    )
    told_days: int = Field(
        90, ge=7, le=3_650, description="How long what was told by webhook, and each try to tell it, is kept."
    )
    longest_wait_ms: int = Field(
        500, ge=10, le=60_000, description="How long a request for decisions may have to wait before it is refused."
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="From where on logs are written."
    )
    road_fines: Path = Field(Path("road_fines_events_to_2008.csv.gz"), description="The road-fines event log.")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, whose folders are those of its own home and not the ones looked up before."""
        copied = super().model_copy(update=update, deep=deep)
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied

    @cached_property
    def tables(self) -> Path:
        """Validated canonical tables: ``tables/<table>/*.parquet``."""
        return self.home / "tables"

    @cached_property
    def quarantine(self) -> Path:
        """Rows that were refused, with file, row, rule and value."""
        return self.home / "quarantine"

    @cached_property
    def profiles(self) -> Path:
        """Feature snapshots, one folder a view: Feast's offline source."""
        return self.home / "profiles"

    @cached_property
    def feast(self) -> Path:
        """Feast's registry and online store."""
        return self.home / "feast"

    @cached_property
    def releases(self) -> Path:
        """Release bundles by digest, the marks of champion and challenger, and the history of promotions."""
        return self.home / "releases"

    @cached_property
    def keys(self) -> Path:
        """The key that signs releases, for its owner alone, and the public keys that are trusted."""
        return self.home / "keys"

    @cached_property
    def trusted_keys(self) -> Path:
        """Public keys of those whose releases may serve: ``<name>.pub``."""
        return self.keys / "trusted"

    @cached_property
    def learning(self) -> Path:
        """What trainings have finished so far, so that one that stopped goes on from there."""
        return self.home / "learning"

    @cached_property
    def cards(self) -> Path:
        """Model cards, one folder a release."""
        return self.home / "cards"

    @cached_property
    def kept(self) -> Path:
        """Where what is decided and told here is kept: the home, and for a sandbox a folder of its own in it."""
        return self.home if self.environment == "live" else self.home / "sandbox"

    @cached_property
    def decisions(self) -> Path:
        """The decision log, where it is not kept elsewhere (SQLite)."""
        return self.kept / "decisions.db"

    @cached_property
    def truth(self) -> Path:
        """The simulated portfolio's hidden truth; no room but the simulator reads it."""
        return self.home / "truth"


def load() -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    SettingsError
        A variable holds a value that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = "REGUA_" + str(first["loc"][0]).upper()
        raise SettingsError(
            f"{name} is {first['input']!r}", expected=first["msg"].lower(), remedy=f"unset {name} or correct it"
        ) from problem
