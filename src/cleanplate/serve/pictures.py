"""`/v1/compose`, `/v1/harmonize` and `/v1/matte`: files or ids in, a picture out."""

import json
import math
import os
from collections.abc import Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cleanplate.recipes import NAMES, from_fields, to_fields
from cleanplate.serve import layers, uploads
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import Service, service_of
from cleanplate.serve.store import check_identity
from cleanplate.serve.uploads import Form
from cleanplate.serve.wire import Message
from cleanplate.serve.written import MATCHED, PARTS, WRITTEN, composed_output, media_type, output

PICTURES = ("person", "plate", "alpha", "keep_mask", "drop_mask", "look")
MOST_LOOKS = 8  # each is looked at by the network
KEPT = {"person": ("cutout", "kept_person"), "plate": ("plate", "kept_plate")}


async def compose(request: Request) -> Response:
    """The person of one picture in another."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    with Job(service) as job:
        form = await uploads.read(request, job.folder, PICTURES, service.options.picture_bytes)
        message = composing(service, form) | composed_output(form)
        check_fields(form, {*NAMES, *PICTURES, "layers", "space", *WRITTEN, *PARTS})
        return await job.done(message)


async def harmonize(request: Request) -> Response:
    """A composite matched to its own background."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    with Job(service) as job:
        form = await uploads.read(request, job.folder, ("composite", "mask", "plate"), service.options.picture_bytes)
        check_fields(form, {*MATCHED, "weights", *WRITTEN})
        for name in ("composite", "mask"):
            needed(form, name)
        return await job.done({"do": "harmonize", "files": form.files, "recipe": recipe_fields(form.fields)} | output(form, "jpg"))


async def matte(request: Request) -> Response:
    """Where the person of a picture is."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    with Job(service) as job:
        form = await uploads.read(request, job.folder, ("person", "keep_mask", "drop_mask"), service.options.picture_bytes)
        check_fields(form, {"keep", "format", "quality"})
        needed(form, "person")
        return await job.done({"do": "matte", "files": form.files, "recipe": recipe_fields(form.fields)} | output(form, "png"))


class Job:
    """A request's folder, and the answer made in it; it is gone when that was sent."""

    def __init__(self, service: Service) -> None:
        self.service, self.folder, self.kept = service, service.store.new_folder(), False

    def __enter__(self) -> "Job":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.kept:
            self.service.store.remove(self.folder)

    async def done(self, message: Message) -> Response:
        """The picture that a worker makes."""
        path = os.path.join(self.folder, "out")
        told, _ = await self.service.pool.pictures.run(message | {"out": path})
        headers = {"X-Width": str(told["width"]), "X-Height": str(told["height"]), "X-Warnings": json.dumps(told["warnings"])}
        kind = media_type(message["format"])
        self.kept = True
        remove = BackgroundTask(self.service.store.remove, self.folder)
        return FileResponse(path, media_type=kind, headers=headers, background=remove)


# ---- what was asked for --------------------------------------------------------------------------------------------


def composing(service: Service, form: Form) -> Message:
    """What a worker is told to compose: one person, or layers."""
    files, look = form.files | kept_files(service, form), looks(service, form.fields, "look" in form.files)
    needed(Form(files), "plate", "kept_plate")
    if "layers" not in form.fields:
        needed(Form(files), "person", "kept_person")
        return {"do": "compose", "files": files, "recipe": recipe_fields(form.fields), "looks": look}
    if any(name in files for name in ("person", "kept_person", "alpha", "keep_mask", "drop_mask")):
        raise Refused(422, "input", "`layers` holds the people already: leave `person` and its mattes out.")
    return {"do": "compose", "files": files, "looks": look} | layering(service, form.fields)


def looks(service: Service, fields: Mapping[str, Any], sent: bool = False) -> list[dict[str, Any]]:
    """What the colors are matched to in the plate's stead: folders of kept plates with their weights.

    Args:
        sent: a file came with the request, which is all there is then.
    """
    given = fields.get("look")
    if sent:
        return [{"weight": 1.0}]
    if given is None or given == "":
        return []
    if isinstance(given, str) and given.lstrip().startswith("["):  # a form's field
        given = from_json(given, "`look` is the id of a kept plate, or a list of those with weights; something else was given.")
    several = given if isinstance(given, list) else [{"plate": given}]
    known = all(isinstance(each, dict) and set(each) <= {"plate", "weight"} for each in several)
    if not known or not 1 <= len(several) <= MOST_LOOKS:
        raise Refused(422, "input", f"`look` is an id, or 1 to {MOST_LOOKS} objects in a list, each a `plate` and a `weight`.")
    return [one_look(service, each) for each in several]


def one_look(service: Service, given: Mapping[str, Any]) -> dict[str, Any]:
    weight = given.get("weight", 1.0)
    if type(weight) not in (int, float) or not 0 < weight < math.inf:
        raise Refused(422, "input", f"`weight` is a number above 0; {str(weight)[:20]} was given.")
    plate = check_identity(str(given.get("plate", "")), "look")
    return {"folder": service.store.find("plate", plate).folder, "weight": float(weight)}


def from_json(text: str, otherwise: str) -> Any:
    """A form's field that holds JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(422, "input", otherwise) from None


def layering(service: Service, fields: Mapping[str, Any]) -> Message:
    """`layers` and what goes for the whole picture, checked."""
    given = fields["layers"]
    if isinstance(given, str):  # a form's field
        given = from_json(given, "`layers` is a list in JSON; something else was given.")
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise Refused(422, "input", "`layers` is a list of objects, each a `person` and fields of a recipe.")
    layers.check_count(len(given))
    whole = recipe_fields({name: fields[name] for name in layers.WHOLE if name in fields})
    return {"layers": [layer(service, each) for each in given], "recipe": whole}


def layer(service: Service, given: Mapping[str, Any]) -> dict[str, Any]:
    """One person of several."""
    wrong = [name for name in layers.WHOLE if name in given]
    if wrong:
        raise Refused(422, "input", f"`{wrong[0]}` goes for the whole picture: give it beside `layers`, not in one.")
    person = check_identity(str(given.get("person", "")), "person")
    asked = {name: value for name, value in given.items() if name != "person"}
    return {"person": service.store.find("cutout", person).folder, "recipe": to_fields(from_fields(asked))}


def kept_files(service: Service, form: Form) -> dict[str, str]:
    """The folders of what is given by its id."""
    found = {}
    for name, (kind, told) in KEPT.items():
        if name in form.fields:
            found[told] = service.store.find(kind, check_identity(str(form.fields[name]), name)).folder
    return found


def recipe_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a recipe, checked before anybody works on it."""
    return to_fields(from_fields({name: value for name, value in fields.items() if name in NAMES}))


def needed(form: Form, name: str, *others: str) -> None:
    if not any(each in form.files for each in (name, *others)):
        raise Refused(422, "input", f"`{name}` is missing: send it as a file" + (", or the id of one kept." if others else "."))


def check_fields(form: Form, known: set[str]) -> None:
    """Refuse a field that there is not: what was meant by it would be left undone."""
    for name in form.fields:
        if name not in known:
            raise Refused(422, "input", f"There is no field `{name[:40]}` here: give those of {', '.join(sorted(known))}.")
