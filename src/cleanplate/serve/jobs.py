"""`/v1/jobs`: films and batches, from the request to the file."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from cleanplate.errors import InputError
from cleanplate.film.quality import check_quality
from cleanplate.recipes import BOOLEANS, NAMES
from cleanplate.serve import batches, batching, filming, uploads
from cleanplate.serve.films import ENDED, Film
from cleanplate.serve.pictures import check_fields, kept_files, needed, recipe_fields
from cleanplate.serve.problems import Refused, busy
from cleanplate.serve.service import Service, service_of
from cleanplate.serve.uploads import Form
from cleanplate.serve.wire import Message
from cleanplate.video_job import Options

TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mkv": "video/x-matroska"}
ARCHIVE = {batches.KIND: "application/zip"}
WORDS, NUMBERS, SWITCHES = ("plate_fit", "sound", "codec", "pix_fmt"), ("start", "end", "crf"), ("salvage", "cutout")
FIELDS = ("film_quality", *WORDS, *NUMBERS, *SWITCHES, "container")
QUIET_SECONDS = 15.0  # after which a word is sent to a watcher, so that nobody between takes the line for dead


async def begin(request: Request) -> Response:
    """Take a film or a batch to be made."""
    service = service_of(request)
    service.check_open(service.pool.quick)
    if service.films.full:
        raise busy(30)
    folder = service.store.new_folder()
    try:
        form = await uploads.read(request, folder, ("person", "plate"), service.options.film_bytes, several=tuple(batching.SIDES))
        told = batching.message(service, form, folder) if batching.is_batch(form) else film_message(service, form, folder)
        film = service.films.begin(told, folder)
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(film.told, 202, {"Location": f"/v1/jobs/{film.name}"})


async def state(request: Request) -> Response:
    return JSONResponse(found(request).told)


async def forget(request: Request) -> Response:
    await service_of(request).films.forget(request.path_params["id"])
    return Response(status_code=204)


async def result(request: Request) -> Response:
    """The film, or the archive of a batch; ranges of bytes are answered."""
    film = found(request)
    if film.problem is not None:
        raise Refused(film.problem["status"], film.problem["reason"], film.problem["detail"])
    if film.state != "done":
        raise Refused(409, "unfinished", f"The {film.message['do']} is {film.state}: ask again when it is done.")
    path: str = film.message["out"]
    return FileResponse(path, media_type=(TYPES | ARCHIVE)[path.rpartition(".")[2]])


async def events(request: Request) -> Response:
    """How far it is, as server-sent events, until it has ended."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(steps(found(request)), media_type="text/event-stream", headers=headers)


async def steps(film: Film) -> AsyncIterator[str]:
    while True:
        changed = film.changed
        yield f"event: progress\ndata: {json.dumps(film.told)}\n\n"
        if film.state in ENDED:
            return
        while not changed.is_set():
            try:
                await asyncio.wait_for(changed.wait(), QUIET_SECONDS)
            except TimeoutError:
                yield ": still at work\n\n"


def found(request: Request) -> Film:
    return service_of(request).films.find(request.path_params["id"])


# ---- what was asked for --------------------------------------------------------------------------------------------


def film_message(service: Service, form: Form, folder: str) -> Message:
    """What a worker is told of a film."""
    check_fields(form, {*NAMES, *FIELDS, "person", "plate"})
    form = filming.with_films(service, form)
    files = form.files | kept_files(service, form)
    for name in ("person", "plate"):
        needed(Form(files), name, f"kept_{name}")
    out = f"{folder}/out.{container_of(form.fields)}"
    asked = {"recipe": recipe_fields(form.fields), "options": film_fields(form.fields)}
    return {"do": "film", "files": files, "out": out, **asked}


def container_of(fields: Mapping[str, Any]) -> str:
    kind = str(fields.get("container") or "mp4")
    if kind not in TYPES:
        raise Refused(422, "input", f"There is no `container` {kind[:20]}: give one of {', '.join(TYPES)}.")
    return kind


def film_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What ``video_job.Options`` is told, checked before anybody works on it."""
    given = {name: str(fields[name]).strip() for name in FIELDS if fields.get(name) not in (None, "")}
    told: dict[str, Any] = {name: given[name] for name in WORDS if name in given}
    told |= {name: number(name, given[name]) for name in NUMBERS if name in given}
    told |= {name: switch(name, given[name]) for name in SWITCHES if name in given}
    if "film_quality" in given:
        check_quality(given["film_quality"])
        told["quality"] = given["film_quality"]
    Options(**told)
    return told


def number(name: str, text: str) -> float | int:
    most = 63 if name == "crf" else 1e9  # the widest scale of an encoder's; seconds
    try:
        value = int(text) if name == "crf" else float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= most:
        raise InputError(f"`{name}` is a number from 0 to {most:g}; {text[:20]} was given.")
    return value


def switch(name: str, text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise InputError(f"`{name}` is true or false; {text[:20]} was given.")
    return BOOLEANS[text.lower()]
