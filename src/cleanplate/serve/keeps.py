"""`/v1/cutouts` and `/v1/plates`: what is sent once and used many times."""

import os
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cleanplate.serve import keeping, uploads
from cleanplate.serve.pictures import check_fields, needed, recipe_fields
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import service_of
from cleanplate.serve.uploads import Form
from cleanplate.serve.wire import Message

PERSON = ("person", "alpha", "keep_mask", "drop_mask")


async def keep_cutout(request: Request) -> Response:
    """Find the person of a photo and keep both."""
    return await keep(request, "cutout", PERSON, {"keep"})


async def keep_plate(request: Request) -> Response:
    """Keep a plate."""
    return await keep(request, "plate", ("plate",), set())


async def keep(request: Request, kind: str, files: tuple[str, ...], fields: set[str]) -> Response:
    service = service_of(request)
    service.check_open(service.pool.pictures)
    folder = service.store.new_folder()
    try:
        form = await uploads.read(request, folder, files, service.options.picture_bytes)
        check_fields(form, fields)
        needed(form, files[0])
        told, _ = await service.pool.pictures.run(keeping_message(kind, folder, form))
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(service.store.keep(kind, folder, told), 201)


def keeping_message(kind: str, folder: str, form: Form) -> Message:
    os.replace(form.files.pop("person" if kind == "cutout" else "plate"), f"{folder}/source")
    do = "keep_person" if kind == "cutout" else "keep_plate"
    return {"do": do, "folder": folder, "files": form.files, "recipe": recipe_fields(form.fields)}


async def cutout_preview(request: Request) -> Response:
    return await preview(request, "cutout", "cutout_preview", "image/png")


async def plate_preview(request: Request) -> Response:
    return await preview(request, "plate", "plate_preview", "image/jpeg")


async def preview(request: Request, kind: str, do: str, media: str) -> Response:
    service = service_of(request)
    folder = service.store.find(kind, request.path_params["id"]).folder
    side = check_side(request.query_params.get("side", keeping.SIDE))
    _, data = await service.pool.quick.run({"do": do, "folder": folder, "side": side})
    return Response(data, media_type=media)


def check_side(given: Any) -> int:
    """A preview's long side."""
    try:
        side = int(given)
    except (TypeError, ValueError):
        side = 0
    if not 16 <= side <= keeping.MOST_SIDE:
        raise Refused(422, "input", f"`side` is a whole number from 16 to {keeping.MOST_SIDE}; {str(given)[:20]} was given.")
    return side


async def forget_cutout(request: Request) -> Response:
    service_of(request).store.forget("cutout", request.path_params["id"])
    return Response(status_code=204)


async def forget_plate(request: Request) -> Response:
    service_of(request).store.forget("plate", request.path_params["id"])
    return Response(status_code=204)
