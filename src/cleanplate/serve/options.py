"""What a server is told, each number with its reason."""

import ipaddress
from dataclasses import dataclass

from cleanplate.errors import InputError
from cleanplate.pixels.threads import cores

LOCAL = "127.0.0.1"
PORT = 8720


@dataclass(frozen=True)
class Options:
    """How a server is to run.

    Args:
        host: the address to listen on.
        port: 0 for any that is free.
        token: what every request has to show; without one only this machine is listened to.
        names: host names, beside this machine's own and addresses, under which it may be asked.
        workers: processes that work on pictures.
        device: what the networks run on.

    Raises:
        InputError: a number out of bounds; another host without a token.
    """

    host: str = LOCAL
    port: int = PORT
    token: str | None = None
    names: tuple[str, ...] = ()
    workers: int = 0  # 0: as many as there are cores
    device: str = "auto"
    picture_bytes: int = 32 << 20  # a camera's largest JPEG, and a 24 MP PNG
    film_bytes: int = 512 << 20  # some minutes from a phone
    pixels: int = 50_000_000  # of a picture; what the other servers of pictures take by default
    receive_seconds: float = 10.0  # for a whole request; no browser on a working line takes so long for 32 MB
    work_seconds: float = 30.0  # for one picture; 24 MP take 5
    film_seconds: float = 3600.0  # for one film
    drain_seconds: float = 20.0  # for what is begun, once the server is to end
    keep_seconds: float = 3600.0  # for which a kept picture is not used
    keep_bytes: int = 4 << 30  # of all that is kept
    memory: int = 3 << 30  # bytes that a worker may take beyond what it has when it starts; 50 MP take 2 GB

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"`port` lies between 0 and 65535; {self.port} was given.")
        if not 0 <= self.workers <= 256:
            raise InputError(f"`workers` lies between 0 and 256, 0 for as many as there are cores; {self.workers} was given.")
        if self.token is None and not is_loopback(self.host):
            raise InputError(
                f"On {self.host} everybody in the network could ask: give a token by `token_file` or the environment's"
                " CLEANPLATE_TOKEN, or leave `host` out."
            )
        if self.token is not None and len(self.token) < 16:
            raise InputError(f"The token has {len(self.token)} characters, and fewer than 16 can be guessed: give a longer one.")

    @property
    def lanes(self) -> int:
        """Processes that work on pictures."""
        return self.workers or cores()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


USUAL = Options()
