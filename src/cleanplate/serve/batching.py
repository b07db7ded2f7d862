"""A batch's request -> what its pictures are made by, checked before anybody works on it."""

import json
import os
from collections.abc import Mapping
from typing import Any

from cleanplate.recipes import NAMES
from cleanplate.serve import batches, uploads
from cleanplate.serve.pictures import check_fields, recipe_fields
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import Service
from cleanplate.serve.store import check_identity
from cleanplate.serve.uploads import Form
from cleanplate.serve.wire import Message
from cleanplate.serve.written import PARTS, WRITTEN, composed_output

SIDES = {"people": "cutout", "plates": "plate"}  # what each holds, as it is kept


def is_batch(form: Form) -> bool:
    return any(name in form.several or name in form.fields for name in SIDES)


def message(service: Service, form: Form, folder: str) -> Message:
    """What `batches.make` is told."""
    check_fields(form, {*NAMES, *SIDES, "pairing", "space", *WRITTEN, *PARTS})
    if form.files:
        name = next(iter(form.files))
        raise Refused(422, "input", f"`{name}` is of a film, and a batch has `people` and `plates`: leave it out.")
    sides = {name: side(service, form, name) for name in SIDES}
    asked = composed_output(form)
    pairs = batches.pairs(len(sides["people"]), len(sides["plates"]), str(form.fields.get("pairing") or batches.PAIRINGS[0]))
    return {
        "do": "batch", **sides, "pairs": pairs, "recipe": recipe_fields(form.fields), "asked": asked, "format": asked["format"],
        "folder": folder, "out": f"{folder}/out.{batches.KIND}",
    }  # fmt: skip


def side(service: Service, form: Form, name: str) -> list[dict[str, Any]]:
    """The people or the plates: files that came, then ids of what is kept."""
    sent = [{"path": path, "name": said or f"{name} {at}"} for at, (path, said) in enumerate(form.several.get(name, []), 1)]
    for each in sent:
        if os.path.getsize(each["path"]) > service.options.picture_bytes:
            raise uploads.too_large(service.options.picture_bytes, f"{each['name']} in `{name}`")
    return [*sent, *({"folder": folder_of(service, name, each), "name": each} for each in identities(form.fields, name))]


def identities(fields: Mapping[str, Any], name: str) -> list[str]:
    """The ids in a field: a list, or one alone; in a form as JSON."""
    given = fields.get(name)
    if isinstance(given, str) and given.lstrip().startswith("["):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = {}
    found = [given] if isinstance(given, str) and given else given or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise Refused(422, "input", f"`{name}` holds files, or a list of ids of what is kept; something else was given.")
    return found


def folder_of(service: Service, name: str, identity: str) -> str:
    return service.store.find(SIDES[name], check_identity(identity, name)).folder
