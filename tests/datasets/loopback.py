"""A web server on this machine that misbehaves as told."""

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch


@dataclass
class Served:
    """One file and the way it is served."""

    body: bytes
    etag: str | None = '"1"'
    encoding: str | None = None  # of the body, as the server calls it
    ranges: bool = True
    honest_ranges: bool = True  # False: another part than asked for is given
    conditions: bool = True  # False: If-Range is ignored
    break_after: list[int] = field(default_factory=list)  # bytes, one per request
    statuses: list[int] = field(default_factory=list)  # errors first, one per request
    location: str | None = None
    stall: threading.Event | None = None  # waited for in the middle of the body
    on_request: Callable[["Served"], None] | None = None
    seen: list[dict[str, str]] = field(default_factory=list)  # headers of requests


def _handler(files: dict[str, Served]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            file = files.get(self.path)
            if file is None:
                self.send_error(404)
                return
            file.seen.append(dict(self.headers))
            if file.on_request:
                file.on_request(file)
            if file.statuses:
                self.send_error(file.statuses.pop(0))
            elif file.location:
                self.send_response(302)
                self.send_header("Location", file.location)
                self.send_header("Content-Length", str(len(file.body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # nobody waits for it
                    self.wfile.write(file.body)
            else:
                self.send_body(file)

        def send_body(self, file):
            start = self.start_of(file)
            if start is not None and start >= len(file.body):
                self.send_error(416)
                return
            self.send_response(200 if start is None else 206)
            if start is not None:
                if not file.honest_ranges:
                    start = 0
                n_bytes = len(file.body)
                span = f"bytes {start}-{n_bytes - 1}/{n_bytes}"
                self.send_header("Content-Range", span)
            if file.etag:
                self.send_header("ETag", file.etag)
            if file.encoding:
                self.send_header("Content-Encoding", file.encoding)
            body = file.body[start or 0 :]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if file.break_after:
                body = body[: file.break_after.pop(0)]
            half = len(body) // 2
            self.wfile.write(body[:half])
            if file.stall:
                self.wfile.flush()
                file.stall.wait(10)
            self.wfile.write(body[half:])

        def start_of(self, file):
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            condition = self.headers.get("If-Range") if file.conditions else None
            if not asked or not file.ranges or condition not in {None, file.etag}:
                return None
            return int(asked[1])

    return Handler


@contextmanager
def serving(files: dict[str, Served]) -> Iterator[str]:
    """Serve files by path, such as ``/a.bin``; give the address without a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files))
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    direct = {"NO_PROXY": "*", "no_proxy": "*"}
    try:
        with patch.dict(os.environ, direct):
            yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
