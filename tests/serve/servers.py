"""Servers in processes of their own, and pictures as bytes."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as pillow

import cleanplate
from cleanplate.serve.client import Client, Problem

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
PATH = str(Path(cleanplate.__file__).parents[1])


class Server(NamedTuple):
    """One that runs."""

    address: str
    process: subprocess.Popen

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])

    def client(self, token: str | None = None) -> Client:
        return Client(self.address, token)


@contextlib.contextmanager
def running(temporary: Path, **options: object) -> Iterator[Server]:
    """A server that keeps its files under a folder of the test's."""
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": PATH, "TMPDIR": str(temporary), "ORT_DISABLE_TELEMETRY": "1"}
    told = json.dumps({"port": 0, "workers": 1} | options)
    with subprocess.Popen(
        [sys.executable, HERE / "odd_server.py", told], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().decode().strip()
            assert address, process.stderr.read().decode()
            made = Server(address, process)
            wait_until_well(made)
            yield made
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def wait_until_well(server: Server) -> None:
    """Until its networks are loaded, however busy this machine is."""
    end = time.monotonic() + 90
    while True:
        try:
            with server.client() as client:
                client.get_json("/healthz")
            return
        except Problem:
            assert time.monotonic() < end, "the server does not get well"


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(pillow.open(io.BytesIO(data)))
