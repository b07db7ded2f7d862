"""Makes programs that ask api.remove.bg ask a server of the tests: names resolved to it, TLS by a certificate made here."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HOST = "api.remove.bg"
PYTHON = """
import socket, sys
known = socket.getaddrinfo
def getaddrinfo(host, port, *rest, **more):
    if host == "api.remove.bg":
        host, port = "127.0.0.1", {port}
    return known(host, port, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""  # in a program's sitecustomize
NODE = """
const tls = require('tls'), known = tls.connect;
tls.connect = (options, ...rest) =>
    known(options.host === 'api.remove.bg' ? {{...options, host: '127.0.0.1', port: {port}}} : options, ...rest);
"""  # required before a program's own first line


class Outside(NamedTuple):
    """What a program is told by its environment."""

    environment: dict[str, str]
    folder: Path


@contextlib.contextmanager
def as_removebg(port: int, folder: Path) -> Iterator[Outside]:
    """While inside, programs with that environment that ask api.remove.bg ask the server on ``port``."""
    certificate, key = make_certificate(folder)
    with tls_before(port, certificate, key) as tls:
        (folder / "sitecustomize.py").write_text(PYTHON.format(port=tls))
        (folder / "redirect.js").write_text(NODE.format(port=tls))
        yield Outside(
            {
                "PYTHONPATH": str(folder), "REQUESTS_CA_BUNDLE": str(certificate), "NODE_EXTRA_CA_CERTS": str(certificate),
                "NODE_OPTIONS": f"--require {folder / 'redirect.js'}", "NO_PROXY": HOST, "no_proxy": HOST,
            },
            folder,
        )  # fmt: skip


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for that name, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [str(shutil.which("openssl")), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@contextlib.contextmanager
def tls_before(port: int, certificate: Path, key: Path) -> Iterator[int]:
    """Takes TLS off connections on the way to a server; the port that listens."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=passed_on, args=(line, context, port), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def passed_on(line: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """One connection, both ways, until either side ends it."""
    with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True) as near:
        near.settimeout(0.02)
        with socket.create_connection(("127.0.0.1", port)) as far:
            far.settimeout(0.02)
            while pumped(near, far) and pumped(far, near):
                pass


def pumped(source: socket.socket, target: socket.socket) -> bool:
    """Pass on what is there; whether the source is still open."""
    try:
        data = source.recv(1 << 16)
    except TimeoutError:
        return True
    target.settimeout(10)
    target.sendall(data)
    target.settimeout(0.02)
    return bool(data)
