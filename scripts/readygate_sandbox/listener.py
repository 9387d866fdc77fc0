"""The socket side: HTTP/1.1 with keep-alive on loopback, and connections that break on request.

werkzeug's own server closes every connection and waits 10 ms after each, which would make the
sandbox the bottleneck of a benchmark; only its routing is used.
"""

import contextlib
import socket
import struct
import threading
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from readygate_sandbox.web import Answer, Dropped, Request

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
MAX_BODY = 32 * 1024 * 1024

App = Callable[[Request], Answer]


class _Connection(BaseHTTPRequestHandler):
    """One connection; every request on it goes to the server's app."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Listener"

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Nothing: the request log of the control API is the log."""

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        target = self.path
        if target.startswith(("http://", "https://")):
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        path, _, raw_query = target.partition("?")
        request = Request(
            self.command,
            unquote(path),
            raw_query=raw_query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        if not self._host_is_loopback():
            self._send(
                Answer(421, b"This tool answers on loopback names only.\n", (), "text/plain")
            )
            return
        try:
            answer = self.server.app(request)
        except Dropped:
            self._reset()
            return
        except Exception:  # noqa: BLE001 - our bug must not look like a lost connection
            traceback.print_exc()
            answer = Answer(500, {"errorMessages": ["Internal server error"], "errors": {}})
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _host_is_loopback(self) -> bool:
        """A page on another site must not reach us through a name that it points at 127.0.0.1."""
        host = (self.headers.get("Host") or "").strip().lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        return name in LOOPBACK_NAMES

    def _read_body(self) -> bytes | None:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._read_chunks()
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if length < 0 or length > MAX_BODY:
            self.close_connection = True
            self._send(Answer(413 if length > 0 else 400, b"", (), "text/plain"))
            return None
        return self.rfile.read(length) if length else b""

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline(4)
        while self.rfile.readline(8192).strip():
            pass
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        data = answer.encode()
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in {204, 304}:
            if data:
                self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(data)))
        if answer.cut is not None:
            data = data[: answer.cut]
            self.close_connection = True
        self.end_headers()
        if data and self.command != "HEAD" and answer.status not in {204, 304}:
            self.wfile.write(data)
        self.wfile.flush()

    def _reset(self) -> None:
        """Close with RST: the client sees a connection reset, not an orderly end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # The server would say goodbye politely first (shutdown sends FIN); a plain close resets.
        self.server.closed(self.connection)
        self.rfile.close()
        self.connection.close()


class Listener(ThreadingHTTPServer):
    """Serves one app on one loopback port; port 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, app: App, *, port: int = 0) -> None:
        self.app = app
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection, so that stopping can end it."""
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP only
        """End one connection; one that was reset is closed already."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
        request.close()

    def stop(self) -> None:
        """Take no more connections and end the open ones; safe to call from another thread."""
        self.shutdown()
        self.server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
