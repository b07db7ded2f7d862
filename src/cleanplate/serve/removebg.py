"""remove.bg's contract (`POST /v1.0/removebg`, `GET /v1.0/account`), so that its clients work here unmodified.

`bg_image_file` is more than there: the person is matched to that picture. Its errors have that service's own form.
"""

import base64
import binascii
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cleanplate.errors import CleanplateError
from cleanplate.serve import uploads
from cleanplate.serve.problems import Refused, refusal
from cleanplate.serve.removing import color_of
from cleanplate.serve.service import service_of
from cleanplate.serve.uploads import Form

FILES = ("image_file", "bg_image_file")
SOURCES, BEHIND = ("image_file", "image_file_b64", "image_url"), ("bg_color", "bg_image_file", "bg_image_url")
SIZES = {"preview": 0.25, "small": 0.25, "regular": 0.25, "medium": 1.5, "hd": 4, "full": 25, "4k": 25, "auto": 25}  # megapixels
PNG_MOST = 10_000_000  # pixels of a PNG, as there
CHOICES = {
    "channels": ("rgba", "alpha"), "format": ("auto", "png", "jpg", "zip"), "type": ("auto", "person", "product", "car"),
    "type_level": ("none", "1", "2", "latest"), "size": tuple(SIZES),
}  # fmt: skip
SWITCHES = ("crop", "add_shadow", "semitransparency")
LENGTH = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(px|%)")
NOTHING = ("", "undefined", "null")  # what clients send for a field that was left out
FIELDS = (*SOURCES, *BEHIND, *CHOICES, *SWITCHES, "crop_margin", "scale", "position", "roi", "image_filename")
CODES = {
    "format": "invalid_file_type", "empty": "invalid_file_type", "truncated": "failed_to_read_image",
    "broken": "failed_to_read_image", "profile": "failed_to_read_image", "too-large": "resolution_too_high",
    "no-person": "unknown_foreground", "busy": "rate_limit_exceeded",
    "ending": "rate_limit_exceeded", "token": "auth_failed", "body": "invalid_parameters",
}  # fmt: skip
FETCHED = "Addresses are never fetched here: send the picture itself as {}."


async def removebg(request: Request) -> Response:
    """The person of a photo cut out."""
    service = service_of(request)
    folder = service.store.new_folder()
    try:
        service.check_open(service.pool.pictures)
        form = await read(request, folder)
        asked = asked_for(form.fields)
        message = {"do": "remove", "files": form.files, "asked": asked}
        told, data = await service.pool.pictures.run(message)
    except (Refused, CleanplateError) as error:
        return errors(error if isinstance(error, Refused) else refusal(error))
    finally:
        service.store.remove(folder)
    return answer(request, told, data)


def answer(request: Request, told: Mapping[str, Any], data: bytes) -> Response:
    """The picture, or, to who accepts JSON, that with the picture in it."""
    place = {"top": told["top"], "left": told["left"], "width": told["foreground_width"], "height": told["foreground_height"]}
    headers = {"X-Credits-Charged": "0", "X-Type": "person", "X-Width": str(told["width"]), "X-Height": str(told["height"])}
    headers |= {f"X-Foreground-{name.title()}": str(value) for name, value in place.items()}
    if "application/json" in request.headers.get("accept", ""):
        body = {"result_b64": base64.b64encode(data).decode()} | {f"foreground_{name}": value for name, value in place.items()}
        return JSONResponse({"data": body}, headers=headers)
    return Response(data, media_type=told["type"], headers=headers)


async def account(_: Request) -> Response:
    """Nothing is counted here; what clients look at is there."""
    credits = {"total": 0, "subscription": 0, "payg": 0, "enterprise": 0}
    return JSONResponse({"data": {"attributes": {"credits": credits, "api": {"free_calls": 0, "sizes": "all"}}}})


def errors(refused: Refused) -> Response:
    """A refusal in that service's form: 400 for all about the request, 403 for its token, 429 where there is too much to do."""
    status = {503: 429, 401: 403, 403: 403, 500: 500, 501: 500, 504: 429}.get(refused.status, 400)
    code = CODES.get(refused.reason, refused.reason)
    return JSONResponse({"errors": [{"title": refused.detail, "code": code}]}, status, refused.headers)


# ---- what was asked for --------------------------------------------------------------------------------------------


async def read(request: Request, folder: str) -> Form:
    """The form: multipart, urlencoded or JSON; the picture is a file then, however it came."""
    most = service_of(request).options.picture_bytes
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        body = await uploads.whole(request, 2 * most)
        try:
            form = Form(fields=dict(urllib.parse.parse_qsl(body.decode(), max_num_fields=uploads.MOST_FIELDS)))
        except ValueError as error:
            raise Refused(400, "body", "The form cannot be read: send it again.") from error
    else:
        form = await uploads.read(request, folder, FILES, most, text=2 * most)
    form.fields = {name: value for name, value in form.fields.items() if str(value) not in NOTHING}
    unknown = [name for name in form.fields if name not in FIELDS]
    if unknown:
        raise Refused(400, "unknown_parameter", f"There is no `{unknown[0][:40]}` here: give those of {', '.join(FIELDS)}.")
    one_of(form, SOURCES, "multiple_sources")
    one_of(form, BEHIND, "multiple_bg_sources")
    take_picture(form, folder)
    return form


def one_of(form: Form, names: tuple[str, ...], code: str) -> None:
    given = [name for name in names if name in form.files or name in form.fields]
    if len(given) > 1:
        raise Refused(400, code, f"`{given[0]}` and `{given[1]}` were both given: give one of {', '.join(names)}.")
    for name in given:
        if name.endswith("_url"):
            other = name.replace("_url", "_file")
            raise Refused(400, f"invalid_{name}", FETCHED.format(f"`{other}`"))


def take_picture(form: Form, folder: str) -> None:
    """The person's picture as a file."""
    text = form.fields.pop("image_file_b64", None)
    if text is not None:
        try:
            data = base64.b64decode(str(text).partition("base64,")[2] or str(text), validate=False)
        except (binascii.Error, ValueError) as error:
            raise Refused(400, "failed_to_read_image", "`image_file_b64` is no base64: encode the file's bytes.") from error
        form.files["image_file"] = f"{folder}/image_file"
        uploads.write(data, form.files["image_file"])
    if isinstance(form.fields.get("image_file"), str):  # sent as text
        raise Refused(400, "invalid_file_type", "`image_file` is a file; text was sent.")
    if "image_file" not in form.files:
        raise Refused(400, "missing_source", "No picture was given: send it as `image_file` or `image_file_b64`.")


def asked_for(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What ``removing.Asked`` is made of, checked."""
    given = {name: str(value).strip() for name, value in fields.items()}
    for name, choices in CHOICES.items():
        if given.get(name, choices[0]) not in choices:
            raise wrong(name, f"one of {', '.join(choices)}")
    for name in SWITCHES:
        if given.get(name, "false").lower() not in ("true", "false"):
            raise wrong(name, "true or false")
    return {
        "pixels": most_pixels(given), "channels": given.get("channels", "rgba"), "format": given.get("format", "auto"),
        "color": color(given), "crop": given.get("crop", "").lower() == "true", "margin": margin(given),
        "scale": scale(given), "position": position(given), "roi": lengths(given, "roi", (4,)),
        "shadow": given.get("add_shadow", "").lower() == "true",
    }  # fmt: skip


def most_pixels(given: Mapping[str, str]) -> int:
    most = round(SIZES[given.get("size", "preview")] * 1_000_000)
    return most if given.get("format") in ("jpg", "zip") else min(most, PNG_MOST)


def color(given: Mapping[str, str]) -> list[int] | None:
    if "bg_color" not in given:
        return None
    found = color_of(given["bg_color"][:40])
    if found is None:
        raise wrong("bg_color", "a color's name or its hex digits, such as 81d4fa")
    return list(found)


def lengths(given: Mapping[str, str], name: str, counts: tuple[int, ...]) -> list[tuple[float, str]] | None:
    """Lengths such as ``30px`` or ``10%``."""
    if name not in given:
        return None
    found = [LENGTH.fullmatch(part) for part in given[name].split()]
    if len(found) not in counts or not all(found):
        raise wrong(name, f"{' or '.join(map(str, counts))} of lengths such as 30px or 10%")
    answer = [(float(each[1]), each[2]) for each in found if each]
    if any(value > 100 and unit == "%" for value, unit in answer):
        raise wrong(name, "lengths of at most 100%")
    return answer


def margin(given: Mapping[str, str]) -> list[tuple[float, str]]:
    """Of the top, right, bottom and left, of one, two or four given."""
    if given.get("crop_margin", "0") == "0":
        return []
    found = lengths(given, "crop_margin", (1, 2, 4)) or []
    return found if len(found) == 4 else (found * 2 if len(found) == 2 else found * 4)


def scale(given: Mapping[str, str]) -> float | None:
    if given.get("scale", "original") == "original":
        return None
    ((value, unit),) = lengths(given, "scale", (1,)) or [(0, "")]
    if unit != "%" or not 10 <= value <= 100:
        raise wrong("scale", "original, or from 10% to 100%")
    return value / 100


def position(given: Mapping[str, str]) -> list[float] | None:
    """Shares of the space left, across and down."""
    word = given.get("position", "center" if given.get("scale", "original") != "original" else "original")
    if word in ("original", "center"):
        return None if word == "original" else [0.5, 0.5]
    found = lengths({"position": word}, "position", (1, 2)) or []
    if any(unit != "%" for _, unit in found):
        raise wrong("position", "original, center, or one or two of 0% to 100%")
    return [found[0][0] / 100, found[-1][0] / 100]


def wrong(name: str, needed: str) -> Refused:
    return Refused(400, f"invalid_{name}", f"`{name}` is {needed}; something else was given.")
