"""Messages between the server and its workers: JSON and bytes with their lengths before them.

A worker decodes what strangers send, so what comes out of one is read as data only.
"""

import json
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:  # a worker, which has no loop, starts sooner without it
    import asyncio

HEAD = struct.Struct(">II")  # bytes of JSON, bytes of data
MOST_WORDS = 8 << 20  # bytes of JSON: strokes and sentences take less
MOST_DATA = 256 << 20  # bytes of data: a preview of true size as PNG takes less
Message = dict[str, Any]


def packed(message: Message, data: bytes = b"") -> bytes:
    """A message as bytes.

    >>> packed({"do": "rest"}, b"!")
    b'\\x00\\x00\\x00\\x0e\\x00\\x00\\x00\\x01{"do": "rest"}!'
    """
    words = json.dumps(message).encode()
    return HEAD.pack(len(words), len(data)) + words + data


def lengths(head: bytes) -> tuple[int, int]:
    """How many bytes of JSON and of data follow.

    Raises:
        ValueError: more than any message has.
    """
    words, data = HEAD.unpack(head)
    if words > MOST_WORDS or data > MOST_DATA:
        raise ValueError(f"a message of {words} and {data} bytes")
    return words, data


def read(stream: BinaryIO) -> tuple[Message, bytes] | None:
    """The next message; None at the stream's end."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    words, data = lengths(head)
    return json.loads(stream.read(words)), stream.read(data)


async def read_async(stream: "asyncio.StreamReader") -> tuple[Message, bytes]:
    """The next message.

    Raises:
        asyncio.IncompleteReadError, ConnectionError: the worker is gone.
        ValueError: what it says is no message.
    """
    words, data = lengths(await stream.readexactly(HEAD.size))
    message = json.loads(await stream.readexactly(words))
    if not isinstance(message, dict):
        raise ValueError("no object")
    return message, await stream.readexactly(data)
