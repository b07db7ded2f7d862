"""A server for many tests, and small pictures to send it."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from servers import Server, png, running

from cleanplate.serve.client import Client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that leave it as it is; with the shipped networks and the usual limits."""
    with running(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with server.client() as made:
        yield made


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., "contextlib.AbstractContextManager[Server]"]:
    """Starts a server with options of the test's."""
    return lambda **options: running(tmp_path / "tmp", **options)


@pytest.fixture(scope="session")
def disc() -> bytes:
    """A soft blue disc with alpha, 60 x 60, as PNG: a person without any network."""
    down, across = np.mgrid[0:60, 0:60] - 29.5
    alpha = np.clip(25 - np.hypot(down, across), 0, 4) / 4
    return png(np.dstack([np.full((60, 60, 3), (40, 80, 200)), alpha * 255]).astype(np.uint8))


@pytest.fixture(scope="session")
def ground() -> bytes:
    """A small warm plate, 120 x 90, as PNG."""
    down, across = np.mgrid[0:90, 0:120]
    return png(np.dstack([150 + down, 60 + across, 255 - across - down]).astype(np.uint8))


@pytest.fixture
def files(tmp_path: Path, disc: bytes, ground: bytes) -> tuple[Path, Path]:
    """The disc as a person's file, and the plate's."""
    person, plate = tmp_path / "person.png", tmp_path / "plate.png"
    person.write_bytes(disc)
    plate.write_bytes(ground)
    return person, plate
