"""A YAML language server at work, spoken to as an editor speaks to it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SERVER = HERE / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


def node() -> str | None:
    """Find the node of this environment, or the machine's own."""
    own = Path(sys.executable).parent / "node"
    return str(own) if own.exists() else shutil.which("node")


class LanguageServer:
    """The real server in a process of its own, over standard input and output."""

    def __enter__(self) -> "LanguageServer":
        command = [str(node()), str(SERVER), "--stdio"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._next = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        root = {"processId": None, "rootUri": None, "capabilities": {"workspace": {"configuration": True}}}
        self.ask("initialize", root)
        self._send({"method": "initialized", "params": {}})
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def check(self, path: Path, text: str) -> list[str]:
        """Open a text under a path and return what the server marks in it, as ``line: message``."""
        uri = self._open(path, text)
        while uri not in self._diagnostics:
            self._take()
        found = self._diagnostics.pop(uri)
        return [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in found]

    def complete(self, path: Path, text: str, line: int, column: int) -> set[str]:
        """Return what the server offers at a place, counted from zero."""
        where = {"textDocument": {"uri": self._open(path, text)}, "position": {"line": line, "character": column}}
        answer = self.ask("textDocument/completion", where)
        return {item["label"] for item in answer["items"]}

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request and return its result."""
        self._next += 1
        number = self._next
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                return message.get("result")

    def _open(self, path: Path, text: str) -> str:
        """Open a text beside a path, under a name of its own: the server remembers what it said of another."""
        self._next += 1
        uri = path.with_name(f"{path.stem}_{self._next}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _take(self) -> dict[str, Any]:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise AssertionError("the language server went away")
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            wanted = {"yaml": {"validate": True, "completion": True}}
            self._send(
                {"id": message["id"], "result": [wanted.get(one["section"]) for one in message["params"]["items"]]}
            )
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message
