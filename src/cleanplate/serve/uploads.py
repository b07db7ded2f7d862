"""A request's body -> files in a folder of its own, under this package's names, and fields."""

import asyncio
import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cleanplate.serve.problems import Refused

MOST_FIELDS = 64  # a recipe has 22
MOST_FILES = 256  # of one request
MOST_NAME = 200  # letters of what a sender calls a file
MOST_TEXT = 64 << 10  # bytes of a field; the longest is a list of strokes
MOST_JSON = 1 << 20


@dataclass
class Form:
    """What a request brought: files by field, as paths, and fields as text or JSON's values.

    Args:
        several: files of fields that may hold more than one: paths, and what the sender calls them.
    """

    files: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    several: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


class Parser(MultiPartParser):
    """Starlette's, with a bound for each file."""

    most = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._current_part
        if part.file is not None and (part.file.size or 0) + end - start > self.most:  # the size up to the chunk at hand
            raise too_large(self.most, "A file")
        super().on_part_data(data, start, end)


def too_large(most: int, what: str = "The request") -> Refused:
    return Refused(413, "too-large", f"{what} has more than the {most >> 20} MB that are taken here: shrink it.")


async def read(
    request: Request, folder: str, files: Collection[str], most: int, text: int = MOST_TEXT, several: Collection[str] = ()
) -> Form:
    """The body as a form.

    Args:
        folder: where files go.
        files: fields that may hold one.
        most: bytes of a file.
        text: bytes of a field.
        several: fields that may hold more than one file.

    Raises:
        Refused: no form, a file in another field, too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return Form(fields=await read_json(request, max(MOST_JSON, text)))
    if kind != "multipart/form-data":
        raise Refused(400, "body", "The request holds no form: send multipart/form-data, or JSON where no file is sent.")
    count = MOST_FILES if several else 8
    parser = Parser(request.headers, request.stream(), max_files=count, max_fields=MOST_FIELDS, max_part_size=text)
    parser.most = most
    try:
        found = await parser.parse()
    except MultiPartException as error:
        raise Refused(400, "body", f"The form cannot be read ({error.message.rstrip('.')}): send it again.") from error
    form = Form()
    try:
        for name, value in found.multi_items():
            if name in several and not isinstance(value, str):
                await take_one_more(form, name, value, folder)
            else:
                await take(form, name, value, folder, (*files, *several))
    finally:
        await found.close()
    return form


async def take(form: Form, name: str, value: str | UploadFile, folder: str, files: Collection[str]) -> None:
    """One part of a form."""
    if name in form.files or name in form.fields:
        raise Refused(422, "input", f"`{name[:40]}` was given twice: give it once.")
    if isinstance(value, str):
        form.fields[name] = value
        return
    if name not in files:
        raise Refused(422, "input", f"There is no file `{name[:40]}`: give those of {', '.join(files)}.")
    form.files[name] = f"{folder}/{name}"
    await asyncio.to_thread(copy, value, form.files[name])


async def take_one_more(form: Form, name: str, value: UploadFile, folder: str) -> None:
    """One more file of a field."""
    held = form.several.setdefault(name, [])
    path = f"{folder}/{name}-{len(held)}"
    held.append((path, (value.filename or "")[:MOST_NAME]))
    await asyncio.to_thread(copy, value, path)


def copy(upload: UploadFile, path: str) -> None:
    with private(path) as file:
        shutil.copyfileobj(upload.file, file)


def write(data: bytes, path: str) -> None:
    with private(path) as file:
        file.write(data)


def private(path: str) -> BinaryIO:
    """A new file that only this user may read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


async def whole(request: Request, most: int) -> bytes:
    """All of a body.

    Raises:
        Refused: too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


async def read_json(request: Request, most: int = MOST_JSON) -> dict[str, Any]:
    """A body of JSON.

    Raises:
        Refused: too large, or no object.
    """
    try:
        found = json.loads(await whole(request, most))
    except (ValueError, RecursionError) as error:
        raise Refused(400, "body", "The body is not JSON: send an object of fields.") from error
    if not isinstance(found, dict):
        raise Refused(400, "body", "The body is JSON but no object: send an object of fields.")
    return found
