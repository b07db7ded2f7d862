"""An HTTP proxy that spoils what goes through it: requests and answers dropped, delayed, cut short or refused, by chance."""

import http.client
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = ("dropped before", "dropped after", "delayed", "cut", "500", "503")


class Proxy:
    """A proxy before a server.

    Args:
        port: of the server, on this machine.
        share: of requests that are spoiled.
    """

    def __init__(self, port: int, share: float, seed: int = 0) -> None:
        self.target, self.share, self.counts, self.asked = port, share, Counter[str](), Counter[str]()
        self.chance, self.lock = random.Random(seed), threading.Lock()  # noqa: S311
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.serve(self)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def fault(self) -> str:
        with self.lock:
            found = self.chance.choice(FAULTS) if self.chance.random() < self.share else "fine"
            self.counts[found] += 1
        return found

    def serve(self, asked: BaseHTTPRequestHandler) -> None:
        fault, asked.close_connection = self.fault(), True
        with self.lock:
            self.asked[asked.command] += 1
        length = int(asked.headers.get("Content-Length") or 0)
        body = asked.rfile.read(length // 2 if fault == "broken off" else length)
        if fault in ("dropped before", "broken off"):
            return
        if fault in ("500", "503"):
            asked.send_response(int(fault))
            asked.send_header("Content-Length", "0")
            asked.end_headers()
            return
        if fault == "delayed":
            time.sleep(0.5)
        server = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        server.request(asked.command, asked.path, body, dict(asked.headers.items()))
        answer = server.getresponse()
        data = answer.read()
        server.close()
        if fault == "dropped after":
            return
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                asked.send_header(name, value)
        told = answer.getheader("Content-Length") if asked.command == "HEAD" else str(len(data))
        asked.send_header("Content-Length", told or "0")
        asked.end_headers()
        asked.wfile.write(data[: len(data) // 2] if fault == "cut" else data)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
