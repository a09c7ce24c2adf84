"""Other offices' systems for the tests: a second PostgreSQL behind a port of its own, and an interface that misbehaves on call."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg

from wangge.config import embedded


class Door:
    """A TCP port before a server (a folder with its socket, or a host). `cut` closes every line that has carried so many bytes of answers."""

    def __init__(self, host: str, port: int) -> None:
        self.server, self.cut = (host, port), 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _serve(self) -> None:
        while True:
            try:
                there, _ = self.listener.accept()
            except OSError:
                return
            server = self._reach()
            for one, other, counted in ((there, server, False), (server, there, True)):
                threading.Thread(target=self._pass, args=(one, other, counted), daemon=True).start()

    def _reach(self) -> socket.socket:
        host, port = self.server
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pass(self, one: socket.socket, other: socket.socket, counted: bool) -> None:
        passed = 0
        try:
            while piece := one.recv(1 << 14):
                passed += len(piece)
                if counted and self.cut and passed > self.cut:
                    break
                other.sendall(piece)
        except OSError:
            pass
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def database(folder: Path) -> Iterator[tuple[Door, psycopg.Connection[Any]]]:
    """(the port before it, a session of its owner) of a PostgreSQL server that is not ours; its reader is `reader`/`look-only`."""
    embedded.start(folder)
    try:
        parts = embedded.address(folder, user="postgres", dbname="postgres")
        door = Door(parts["host"], parts["port"])
        with psycopg.connect(**parts, autocommit=True) as owner:
            owner.execute("create role reader login password 'look-only'")
            owner.execute("create schema social")
            owner.execute("grant usage on schema social to reader")
            yield door, owner
        door.close()
    finally:
        embedded.stop(folder)


Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def interface(answer: Callable[[BaseHTTPRequestHandler], Answer | None]) -> Iterator[str]:
    """The address of an HTTP server that gives what `answer` says; with None it has answered by itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answer(self)
            if said is None:
                return
            status, headers, body = said
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
