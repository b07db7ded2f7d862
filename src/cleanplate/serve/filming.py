"""`/v1/films`: a film kept for a while, any of its frames as a kept person or plate: what previews of a film are made of."""

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cleanplate.serve import uploads
from cleanplate.serve.pictures import check_fields, needed
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import Service, service_of
from cleanplate.serve.store import IDENTITY
from cleanplate.serve.uploads import Form

SIDES = {"person": "cutout", "plate": "plate"}  # what a frame may be kept as
LATEST = 1e6  # seconds; eleven days


def routes() -> list[BaseRoute]:
    """The addresses of this room."""
    return [
        Route("/v1/films", keep_film, methods=["POST"]),
        Route("/v1/films/{id}", forget_film, methods=["DELETE"]),
        Route("/v1/films/{id}/stills", keep_still, methods=["POST"]),
    ]


async def keep_film(request: Request) -> Response:
    """Keep a film; how large and how long it is."""
    service = service_of(request)
    service.check_open(service.pool.quick)
    folder = service.store.new_folder()
    try:
        form = await uploads.read(request, folder, ("film",), service.options.film_bytes)
        check_fields(form, set())
        needed(form, "film")
        told, _ = await service.pool.quick.run({"do": "look_at_film", "folder": folder})
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(service.store.keep("film", folder, told), 201)


async def forget_film(request: Request) -> Response:
    service_of(request).store.forget("film", request.path_params["id"])
    return Response(status_code=204)


async def keep_still(request: Request) -> Response:
    """One frame of a film, as a person or a plate that is kept like any other."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    given = await uploads.read_json(request)
    at, side = given.pop("at", 0), given.pop("as", None)
    if given:
        raise Refused(422, "input", f"There is no field `{next(iter(given))[:40]}` here: give `at` and `as`.")
    if side not in SIDES:
        raise Refused(422, "input", f"`as` is one of {', '.join(SIDES)}; {str(side)[:20]} was given.")
    if type(at) not in (int, float) or not 0 <= at <= LATEST:
        raise Refused(422, "input", f"`at` is seconds from 0 to {LATEST:g}; {str(at)[:20]} was given.")
    film = service.store.find("film", request.path_params["id"]).folder
    folder = service.store.new_folder()
    try:
        told, _ = await service.pool.pictures.run({"do": "keep_still", "film": film, "at": at, "as": side, "folder": folder})
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(service.store.keep(SIDES[side], folder, told), 201)


def with_films(service: Service, form: Form) -> Form:
    """A form whose person or plate is the id of a kept film, with that film's file in its place."""
    files, fields = dict(form.files), dict(form.fields)
    for side in SIDES:
        kept = service.store.kept.get(str(fields.get(side, "")))
        if kept is not None and kept.kind == "film" and IDENTITY.fullmatch(str(fields[side])):
            files[side] = os.path.join(service.store.find("film", str(fields.pop(side))).folder, "film")
    return Form(files, fields)
