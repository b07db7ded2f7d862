"""rembg's `POST /api/remove`, so that its clients work here unmodified. `model`, `extras` and the numbers of its alpha matting are
taken and have no meaning here: there is one network, and no request names a file."""

from starlette.requests import Request
from starlette.responses import Response

from cleanplate.serve import uploads
from cleanplate.serve.pictures import check_fields, needed
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import service_of

FIELDS = {"model", "a", "af", "ab", "ae", "om", "ppm", "bgc", "extras"}
YES = ("true", "1", "on", "yes")


async def remove(request: Request) -> Response:
    """The person of a photo as PNG with alpha, or their matte (`om`), or over a color (`bgc`)."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    folder = service.store.new_folder()
    try:
        form = await uploads.read(request, folder, ("file",), service.options.picture_bytes)
        check_fields(form, FIELDS)
        needed(form, "file")
        channels = "alpha" if str(form.fields.get("om", "")).lower() in YES else "rgba"
        behind = color(str(form.fields.get("bgc", "")))
        asked = {"pixels": service.options.pixels, "channels": channels, "format": "png", "color": behind}
        files = {"image_file": form.files["file"]}
        told, data = await service.pool.pictures.run({"do": "remove", "files": files, "asked": asked})
    finally:
        service.store.remove(folder)
    return Response(data, media_type=told["type"])


async def refuse(_: Request) -> Response:
    """Its `GET /api/remove?url=` fetches an address, which nothing here does."""
    raise Refused(422, "input", "Addresses are never fetched here: send the picture itself by POST, as `file`.")


def color(text: str) -> list[int] | None:
    """Red, green, blue and alpha, as ``255,255,255,255``."""
    if not text:
        return None
    found = [int(part) for part in text.split(",") if part.strip().isdigit() and len(part) < 5]
    if len(found) != 4 or max(found) > 255:
        raise Refused(422, "input", "`bgc` is red, green, blue and alpha from 0 to 255, such as 255,255,255,255.")
    return found
