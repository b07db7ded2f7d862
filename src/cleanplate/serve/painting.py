"""`/v1/cutouts/{id}/paintings`: somebody kept, once more with strokes painted into their matte, or mirrored.

And what a page needs for that: the photo as it was taken, the painted areas, and what a recipe may hold.
"""

import os

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cleanplate import recipes
from cleanplate.serve import strokes, uploads
from cleanplate.serve.painted import AREAS as AREAS
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import service_of
from cleanplate.serve.written import FORMATS, layered_here

FIELDS = {"flip", "strokes", "keep"}
MOST_JSON = 1 << 20  # bytes: as many strokes as are taken need less


def routes() -> list[BaseRoute]:
    """The addresses of this room."""
    return [
        Route("/v1/cutouts/{id}/paintings", paint, methods=["POST"]),
        Route("/v1/cutouts/{id}/photo.jpg", photo),
        *(Route(f"/v1/cutouts/{{id}}/{area}.png", painted_area) for area in AREAS),
        Route("/v1/recipe", recipe),
    ]


async def recipe(_: Request) -> Response:
    """The fields of a recipe as a JSON schema, and the formats that pictures are written in."""
    return JSONResponse({**recipes.schema(), "formats": FORMATS, "layered": layered_here()})


async def paint(request: Request) -> Response:
    """Keep somebody once more: mirrored, painted over, or with others of their photo."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    given = await uploads.read_json(request, MOST_JSON)
    for name in given:
        if name not in FIELDS:
            raise Refused(422, "input", f"There is no field `{name[:40]}` here: give those of {', '.join(sorted(FIELDS))}.")
    strokes.from_fields(given.get("strokes", []))
    if not isinstance(given.get("flip", False), bool):
        raise Refused(422, "input", "`flip` is true or false; something else was given.")
    asked = recipes.to_fields(recipes.from_fields({"keep": given.get("keep")}))
    source = service.store.find("cutout", request.path_params["id"])
    folder = service.store.new_folder()
    message = {"do": "paint_person", "source": source.folder, "found": source.told.get("found", False), "folder": folder}
    message |= {"recipe": asked, "flip": given.get("flip", False), "strokes": given.get("strokes", [])}
    try:
        told, _ = await service.pool.pictures.run(message)  # seconds, of a large photo: not where health is asked after
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(service.store.keep("cutout", folder, told), 201)


async def photo(request: Request) -> Response:
    """The photo that somebody was found in, small."""
    service = service_of(request)
    folder = service.store.find("cutout", request.path_params["id"]).folder
    _, data = await service.pool.pictures.run({"do": "photo_preview", "folder": folder})
    return Response(data, media_type="image/jpeg")


async def painted_area(request: Request) -> Response:
    """What strokes keep, or drop, as the picture that ``--keep-mask`` and ``--drop-mask`` take."""
    area = next(area for area in AREAS if request.url.path.endswith(f"/{area}.png"))
    path = os.path.join(service_of(request).store.find("cutout", request.path_params["id"]).folder, f"{area}.png")
    if not os.path.exists(path):
        raise Refused(404, "address", "No such area was painted: `keep_mask.png` and `drop_mask.png` are there where strokes are.")
    return FileResponse(path, media_type="image/png")
