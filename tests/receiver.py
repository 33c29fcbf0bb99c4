"""A receiver of webhooks on the loopback: remembers what it was told, and answers as it is asked to."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request: its path, headers in lower case, and body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on a free port; ``answers`` maps a path to the status it gives, 204 where none is named."""

    def __init__(self, **answers: int) -> None:
        self.answers = {f"/{path}": status for path, status in answers.items()}
        self.heard: list[Heard] = []
        self.redirect_to = ""
        self.retry_after = ""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # whoever sent it is no more
                receiver.heard.append(Heard(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.answers.get(self.path, 204)
                if status == 0:
                    receiver.drip(self)
                    return
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", receiver.redirect_to)
                if receiver.retry_after:
                    self.send_header("retry-after", receiver.retry_after)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._let_go = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Send a byte of a header now and then for some seconds, so that no read is ever too slow."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            for _ in range(250):
                if self._let_go.wait(0.02):
                    break
                handler.wfile.write(b"x")
                handler.wfile.flush()
        except OSError:
            pass
        handler.close_connection = True

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
