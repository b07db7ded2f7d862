"""A client of the HTTP API, of the standard library alone: what the server takes as fields are arguments here.

    with Client("http://127.0.0.1:8720") as client:
        open("out.jpg", "wb").write(client.compose("person.jpg", "beach.jpg", strength=0.8).data)
"""

import http.client
import json
import os
import secrets
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

File = str | os.PathLike[str] | bytes
LISTS = ("people", "plates")  # fields that hold several
ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # in a file's name in a form (HTML, multipart/form-data encoding)
FILES = ("person", "plate", "alpha", "keep_mask", "drop_mask", "composite", "mask", "look")  # fields whose text is a path


class Problem(Exception):
    """What the server refused.

    Args:
        status: HTTP's.
        reason: a short word for programs.
        detail: one sentence.
        retry: seconds after which it may be tried again, where it is told.
    """

    def __init__(self, status: int, reason: str, detail: str, retry: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail, self.retry = status, reason, detail, retry


@dataclass(frozen=True)
class Kept:
    """A person or a plate that the server keeps: given wherever one is asked for, it costs no upload."""

    id: str
    told: Mapping[str, Any]


class Picture(NamedTuple):
    """A picture that came back."""

    data: bytes
    type: str
    width: int
    height: int
    warnings: list[str]


class Client:
    """One connection to a server; not for several threads at once.

    Args:
        address: as ``cleanplate serve`` tells it.
        token: what the server asks for, if it does.
        seconds: to wait for an answer.
    """

    def __init__(self, address: str, token: str | None = None, seconds: float = 60.0) -> None:
        split = urllib.parse.urlsplit(address)
        kind = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
        self.connection = kind(split.hostname or "", split.port, timeout=seconds)
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    # ---- pictures --------------------------------------------------------------------------------------------------

    def compose(self, person: File | Kept, plate: File | Kept, **fields: Any) -> Picture:
        """The person of one picture in another.

        Args:
            fields: of a recipe, ``format``, ``quality``, ``give``, ...; files ``alpha``, ``keep_mask``, ``drop_mask``, ``look``.
        """
        return self.picture("/v1/compose", {"person": person, "plate": plate, **fields})

    def compose_layers(self, plate: Kept, layers: list[dict[str, Any]], **fields: Any) -> Picture:
        """Several people in a plate; each layer is ``person`` and fields of a recipe."""
        return self.picture_of(*self.post_json("/v1/compose", {"plate": plate, "layers": layers, **fields}))

    def harmonize(self, composite: File, mask: File, plate: File | None = None, **fields: Any) -> Picture:
        return self.picture("/v1/harmonize", {"composite": composite, "mask": mask, "plate": plate, **fields})

    def matte(self, person: File, **fields: Any) -> Picture:
        return self.picture("/v1/matte", {"person": person, **fields})

    def picture(self, path: str, fields: Mapping[str, Any]) -> Picture:
        return self.picture_of(*self.post(path, fields))

    def picture_of(self, answer: http.client.HTTPResponse, data: bytes) -> Picture:
        told = answer.headers
        warnings = json.loads(told["X-Warnings"])
        return Picture(data, told["Content-Type"], int(told["X-Width"]), int(told["X-Height"]), warnings)

    # ---- what is kept ----------------------------------------------------------------------------------------------

    def keep_cutout(self, person: File, **fields: Any) -> Kept:
        return self.kept("/v1/cutouts", {"person": person, **fields})

    def keep_plate(self, plate: File) -> Kept:
        return self.kept("/v1/plates", {"plate": plate})

    def kept(self, path: str, fields: Mapping[str, Any]) -> Kept:
        told = json.loads(self.post(path, fields)[1])
        return Kept(told["id"], told)

    # ---- films -----------------------------------------------------------------------------------------------------

    def begin_film(self, person: File | Kept, plate: File | Kept, **fields: Any) -> str:
        """Begin a film; the id of its job."""
        return str(json.loads(self.post("/v1/jobs", {"person": person, "plate": plate, **fields})[1])["id"])

    def begin_batch(self, people: Sequence[File | Kept], plates: Sequence[File | Kept], **fields: Any) -> str:
        """Begin a batch of pictures; the id of its job, whose result is a zip."""
        return str(json.loads(self.post("/v1/jobs", {"people": list(people), "plates": list(plates), **fields})[1])["id"])

    def progress(self, job: str) -> Iterator[dict[str, Any]]:
        """How far a film is, again and again until it has ended; nothing else may be asked of this client meanwhile."""
        answer = self.send("GET", f"/v1/jobs/{job}/events")
        for line in answer:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])

    def state(self, job: str) -> dict[str, Any]:
        return self.get_json(f"/v1/jobs/{job}")

    def result(self, job: str) -> bytes:
        return self.request("GET", f"/v1/jobs/{job}/result")[1]

    def cancel(self, job: str) -> None:
        """Cancel a film, or forget its result."""
        self.request("DELETE", f"/v1/jobs/{job}")

    # ---- requests --------------------------------------------------------------------------------------------------

    def get_json(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.request("GET", path)[1])
        return found

    def post(self, path: str, fields: Mapping[str, Any]) -> tuple[http.client.HTTPResponse, bytes]:
        kind, body = form(fields)
        return self.request("POST", path, body, {"Content-Type": kind})

    def post_json(self, path: str, fields: Mapping[str, Any]) -> tuple[http.client.HTTPResponse, bytes]:
        body = json.dumps(fields, default=lambda kept: kept.id).encode()
        return self.request("POST", path, body, {"Content-Type": "application/json"})

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """An answer and all of its body.

        Raises:
            Problem: the server refused.
        """
        answer = self.send(method, path, body, headers)
        return answer, answer.read()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> http.client.HTTPResponse:
        """As ``request``, with the body still to be read."""
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        if answer.status >= 400:
            raise problem(answer)
        return answer


def problem(answer: http.client.HTTPResponse) -> Problem:
    """What a refusal says."""
    try:
        told = json.loads(answer.read())
    except ValueError:
        told = {}
    retry = answer.headers.get("Retry-After")
    reason, detail = told.get("reason", "unknown"), told.get("detail", f"The server answered {answer.status} {answer.reason}.")
    return Problem(answer.status, reason, detail, int(retry) if retry else None)


def form(fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """Fields as multipart/form-data (RFC 7578): its type and its bytes. What is None is left out."""
    boundary, parts = secrets.token_hex(16), []
    for name, value in fields.items():
        for each in several(name, value):
            data, more = content(name, each)
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
            parts.append(head.encode() + data + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


def several(name: str, value: Any) -> list[Any]:
    """A field's values: of several people or plates the files each for itself, and the ids of what is kept as one list."""
    if value is None:
        return []
    if name not in LISTS:
        return [value]
    kept = [each.id for each in value if isinstance(each, Kept)]
    files = [Path(each) if isinstance(each, str) else each for each in value if not isinstance(each, Kept)]
    return [*files, *([kept] if kept else [])]


def content(name: str, value: Any) -> tuple[bytes, str]:
    """A field's bytes, and what makes a file of it."""
    if isinstance(value, Kept):
        return value.id.encode(), ""
    if isinstance(value, bytes):
        return value, '; filename="file"'
    if isinstance(value, os.PathLike) or (isinstance(value, str) and name in FILES):
        said = Path(value).name.translate(ESCAPED) if name in LISTS else "file"
        return Path(value).read_bytes(), f'; filename="{said}"'
    return (value if isinstance(value, str) else json.dumps(value)).encode(), ""
