"""`/v1/cutouts/{id}/paintings`: somebody kept, once more with strokes painted into their matte, or mirrored. And what a page needs
for that: the photo as it was taken, the painted areas, and what a recipe may hold."""

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from cleanplate import recipes
from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.serve import keeping, strokes, uploads
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import service_of
from cleanplate.serve.wire import Message
from cleanplate.stages import crops, cutouts, parts
from cleanplate.values import Cutout, Image

if TYPE_CHECKING:
    from cleanplate.serve.work import Workshop

FIELDS = {"flip", "strokes", "keep"}
AREAS = ("keep_mask", "drop_mask")


def routes() -> list[BaseRoute]:
    """The addresses of this room."""
    return [
        Route("/v1/cutouts/{id}/paintings", paint, methods=["POST"]),
        Route("/v1/cutouts/{id}/photo.jpg", photo),
        Route("/v1/cutouts/{id}/{area}.png", painted_area),
        Route("/v1/recipe", recipe),
    ]


async def recipe(_: Request) -> Response:
    """The fields of a recipe as a JSON schema."""
    return JSONResponse(recipes.schema())


async def paint(request: Request) -> Response:
    """Keep somebody once more: mirrored, painted over, or with others of their photo."""
    service = service_of(request)
    service.check_open(service.pool.quick)
    given = await uploads.read_json(request)
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
        told, _ = await service.pool.quick.run(message)
    except BaseException:
        service.store.remove(folder)
        raise
    return JSONResponse(service.store.keep("cutout", folder, told), 201)


async def photo(request: Request) -> Response:
    """The photo that somebody was found in, small."""
    service = service_of(request)
    folder = service.store.find("cutout", request.path_params["id"]).folder
    _, data = await service.pool.quick.run({"do": "photo_preview", "folder": folder})
    return Response(data, media_type="image/jpeg")


async def painted_area(request: Request) -> Response:
    """What strokes keep, or drop, as the picture that ``--keep-mask`` and ``--drop-mask`` take."""
    area = request.path_params["area"]
    path = os.path.join(service_of(request).store.find("cutout", request.path_params["id"]).folder, f"{area}.png")
    if area not in AREAS or not os.path.exists(path):
        raise Refused(404, "address", "No such area was painted: `keep_mask.png` and `drop_mask.png` are there where strokes are.")
    return FileResponse(path, media_type="image/png")


# ---- the worker's side ---------------------------------------------------------------------------------------------


def paint_person(shop: "Workshop", message: Message) -> dict[str, Any]:
    """Somebody of one folder into another, with all that was asked for; what is told of them."""
    source, folder = message["source"], message["folder"]
    asked = recipes.from_fields(message["recipe"]).settings.keep
    was = shop.kept_person(source)
    marked = strokes.from_fields(message["strokes"])
    keep, drop = strokes.areas(marked, was.image.pixels)
    for name, area in zip(AREAS, (keep, drop), strict=True):
        if area is not None:
            photos.write_alpha(area, f"{folder}/{name}.png", inputs=())
    again = message["found"] and (asked == "all" or keep is not None)
    found = found_again(shop, was, asked, keep) if again else was
    cover = strokes.softened(parts.touched_up(found.alpha, keep, drop), marked)
    if not np.array_equal(cover, found.alpha):
        found = cutouts.with_alpha(found, cover)
    return keeping.keep_person(folder, put(found, source, folder, flip=message["flip"])) | {"found": message["found"]}


def found_again(shop: "Workshop", was: Cutout, keep: str, painted: FloatArray | None) -> Cutout:
    """Who is to be painted over, looked for anew: another choice among several is made, which what is kept by hand is too.

    The command line does the same with the same areas, so that both give the same bytes.
    """
    return shop.compositor("fast").cutout(was.image, keep=keep, keep_mask=painted)  # type: ignore[arg-type]


def put(found: Cutout, source: str, folder: str, *, flip: bool) -> Cutout:
    """The photo into its folder, as it is or mirrored; the cutout as it is there."""
    if not flip:
        shutil.copyfile(f"{source}/source", f"{folder}/source")
        return found
    image = Image(np.ascontiguousarray(found.image.pixels[:, ::-1]), warnings=found.image.warnings)
    photos.write_image(image, f"{folder}/source.tif")
    os.replace(f"{folder}/source.tif", f"{folder}/source")
    alpha = np.ascontiguousarray(found.alpha[:, ::-1])
    return replace(found, image=image, alpha=alpha, cropped=crops.cropped(alpha, trimmed=not found.colored))


def photo_preview(shop: "Workshop", message: Message) -> bytes:
    """The photo of somebody kept, as a small JPEG."""
    image = shop.picture({"person": f"{message['folder']}/source"}, "person")
    size = limited_size(image.size, keeping.SIDE)
    small = image.pixels if size == image.size else reduce(image.pixels, size)
    return photos.encoded(Image(small), "JPEG", 85, "The photo")


