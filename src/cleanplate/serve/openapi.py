"""The contract as OpenAPI 3.1, made of what the handlers check by: ``python -m cleanplate.serve.openapi > docs/openapi.json``."""

import json
from typing import Any

import cleanplate
from cleanplate import recipes
from cleanplate.film.quality import QUALITIES
from cleanplate.serve import filming, keeping, layers, painting, strokes
from cleanplate.serve.jobs import TYPES as FILMS
from cleanplate.serve.pictures import CHOICES, FORMATS, TYPES
from cleanplate.values import DEPTHS

Schema = dict[str, Any]
JSON, FORM = "application/json", "multipart/form-data"
NUMBER, TEXT = {"type": "number"}, {"type": "string"}
WORDS = {"type": "array", "items": {"type": "string"}}
IDENTITY: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The id of something kept."}
FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream", "description": "A picture, told by its content."}
QUALITY: Schema = {"type": "integer", "minimum": 1, "maximum": 100, "default": 95}
SIDE: Schema = {"type": "integer", "minimum": 16, "maximum": keeping.MOST_SIDE, "default": keeping.SIDE}
PROBLEM: Schema = {
    "type": "object", "required": ["type", "title", "status", "reason", "detail"],
    "properties": {
        "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": {**TEXT, "description": "One sentence: what to do."},
        "reason": {**TEXT, "description": "A short word for programs."},
    },
}  # fmt: skip
REFUSALS = {
    400: "The body is no form or JSON.", 401: "No token, or a wrong one.", 403: "Another site's page asked.",
    404: "Not known, or not any more.", 413: "Too large.", 415: "No picture that can be read.",
    421: "A host name that this server does not have.", 422: "Anything else about what was given.",
    500: "A mistake of the server's.", 503: "More is waiting than can be worked off, or the server is about to end.",
    504: "It took longer than the time allowed.",
}  # fmt: skip


def contract() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cleanplate", "version": cleanplate.__version__, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Put a person into a new photo so that it looks taken there. docs/api.md says the same in prose.",
        },
        "servers": [{"url": "http://127.0.0.1:8720"}],
        "security": [{}, {"bearer": []}, {"key": []}],
        "paths": {**pictures(), **kept(), **painted(), **films(), **kept_films(), **state(), **others()},
        "components": {
            "schemas": {"Problem": PROBLEM, "Recipe": fields(), "Layer": layer(), "Job": job()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
    }  # fmt: skip


# ---- parts ---------------------------------------------------------------------------------------------------------


def fields() -> Schema:
    """A recipe's fields, as ``recipes`` says them."""
    found = recipes.schema()
    return {name: found[name] for name in ("title", "type", "properties", "additionalProperties")}


def layer() -> Schema:
    properties = {name: each for name, each in fields()["properties"].items() if name not in layers.WHOLE}
    return {
        "type": "object", "required": ["person"], "properties": {"person": IDENTITY, **properties}, "additionalProperties": False,
    }  # fmt: skip


def job() -> Schema:
    states = ["waiting", "running", "done", "failed", "canceled"]
    maybe = {"type": ["number", "null"]}
    return {
        "type": "object", "required": ["id", "state", "done"],
        "properties": {
            "id": IDENTITY, "state": {"enum": states}, "done": {"type": "integer"}, "frames": {"type": ["integer", "null"]},
            "seconds": NUMBER, "left": maybe, "warnings": WORDS,
            "problem": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Problem"}]},
        },
    }  # fmt: skip


def operation(
    name: str, summary: str, answers: Schema, body: Schema | None = None, parameters: list[Schema] | None = None
) -> Schema:
    """One request: what it gives, and every refusal."""
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: Schema = {"operationId": name, "summary": summary}
    if parameters:
        told["parameters"] = parameters
    if body:
        told["requestBody"] = {"required": True, "content": body}
    return told | {"responses": answers | {str(code): {"description": why, "content": refused} for code, why in REFUSALS.items()}}


def form(files: list[str], kept_too: tuple[str, ...] = (), required: tuple[str, ...] = (), **more: Schema) -> Schema:
    """A multipart form of files and fields."""
    found = {name: {"anyOf": [FILE, IDENTITY]} if name in kept_too else FILE for name in files}
    return {
        FORM: {
            "schema": {
                "type": "object", "required": list(required), "properties": {**found, **more}, "additionalProperties": False,
            }
        }
    }  # fmt: skip


def picture() -> Schema:
    """A picture that comes back."""
    headers = {
        name: {"schema": schema} for name, schema in (("X-Width", NUMBER), ("X-Height", NUMBER), ("X-Warnings", TEXT))
    }  # fmt: skip
    content = {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in TYPES.values()}
    return {"200": {"description": "The picture.", "headers": headers, "content": content}}


def given(code: int, properties: Schema) -> Schema:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {str(code): {"description": "What is told of it.", "content": {JSON: {"schema": schema}}}}


def some(*names: str) -> Schema:
    return {name: fields()["properties"][name] for name in names}


def output(otherwise: str, *more: str) -> Schema:
    """The form of a picture that comes back."""
    chosen: Schema = {name: {"enum": list(CHOICES[name]), "default": CHOICES[name][0]} for name in more if name != "depth"}
    depth: Schema = {"depth": {"enum": [*DEPTHS, None], "default": None}} if "depth" in more else {}
    return {"format": {"enum": list(FORMATS), "default": otherwise}, "quality": QUALITY} | chosen | depth


def pictures() -> Schema:
    people, written = ["person", "plate", "alpha", "keep_mask", "drop_mask"], [each for each in CHOICES if each != "space"]
    whole = {"plate": IDENTITY, "layers": {"type": "array", "minItems": 1, "maxItems": layers.MOST, "items": ref("Layer")}}
    by_id = {
        "schema": {
            "type": "object", "required": ["plate"], "additionalProperties": False,
            "properties": {**whole, "person": IDENTITY, **fields()["properties"], **output("jpg", *CHOICES)},
        }
    }  # fmt: skip
    all_of_it = {**fields()["properties"], **output("jpg", *CHOICES)}
    composing = form(people, ("person", "plate"), ("person", "plate"), **all_of_it) | {JSON: by_id}
    some_of_it = {**some("strength", "weights"), **output("jpg", *written)}
    harmonizing = form(["composite", "mask", "plate"], (), ("composite", "mask"), **some_of_it)
    matting = form(["person", "keep_mask", "drop_mask"], (), ("person",), **some("keep"), **output("png"))
    return {
        "/v1/compose": {"post": operation("compose", "The person of one picture in another.", picture(), composing)},
        "/v1/harmonize": {"post": operation("harmonize", "A composite matched to its background.", picture(), harmonizing)},
        "/v1/matte": {"post": operation("matte", "Where the person of a picture is.", picture(), matting)},
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def in_path() -> Schema:
    return {"name": "id", "in": "path", "required": True, "schema": IDENTITY}


def kept() -> Schema:
    whole = {"type": "integer"}
    size: Schema = {"id": IDENTITY, "width": whole, "height": whole, "warnings": WORDS, "expires": NUMBER}
    person = size | {
        "box": {"type": "array", "items": NUMBER}, "foot": {"type": "array", "items": NUMBER},
        "cropped": {"type": "array", "items": {"enum": list(keeping.SIDES)}}, "found": {"type": "boolean"},
    }  # fmt: skip
    people = form(["person", "alpha", "keep_mask", "drop_mask"], (), ("person",), **some("keep"))
    horizon = {"horizon": {"type": ["number", "null"]}}
    found: Schema = {}
    for plural, told, body, file, kind in (
        ("cutouts", person, people, "preview.png", "image/png"),
        ("plates", size | horizon, form(["plate"], (), ("plate",)), "preview.jpg", "image/jpeg"),
    ):
        one = plural.removesuffix("s")
        small = {"200": {"description": "It, small.", "content": {kind: {"schema": {"type": "string", "contentMediaType": kind}}}}}
        side = {"name": "side", "in": "query", "schema": SIDE}
        found |= {
            f"/v1/{plural}": {"post": operation(f"keep_{one}", f"Keep a {one}.", given(201, told), body)},
            f"/v1/{plural}/{{id}}": {"delete": operation(f"forget_{one}", "Forget it.", nothing(), None, [in_path()])},
            f"/v1/{plural}/{{id}}/{file}": {
                "get": operation(f"{one}_preview", "It as a small picture.", small, None, [in_path(), side])
            },
        }
    return found


def painted() -> Schema:
    """What the page's brush asks for."""
    fraction = {"type": "array", "items": {**NUMBER, "minimum": -10, "maximum": 10}, "minItems": 2, "maxItems": 2}
    stroke: Schema = {
        "type": "object", "required": ["brush", "size", "hardness", "points"], "additionalProperties": False,
        "properties": {
            "brush": {"enum": list(strokes.BRUSHES)}, "size": {**NUMBER, "exclusiveMinimum": 0, "maximum": strokes.MOST_SIZE},
            "hardness": {**NUMBER, "minimum": 0, "maximum": 1}, "points": {"type": "array", "items": fraction, "minItems": 1},
        },
    }  # fmt: skip
    asked: Schema = {
        "flip": {"type": "boolean", "default": False}, **some("keep"),
        "strokes": {"type": "array", "items": stroke, "maxItems": strokes.MOST_STROKES},
    }  # fmt: skip
    body = {JSON: {"schema": {"type": "object", "properties": asked, "additionalProperties": False}}}
    gray, small = (
        {"200": {"description": what, "content": {kind: {"schema": {"type": "string", "contentMediaType": kind}}}}}
        for what, kind in (("White where it was painted.", "image/png"), ("It, small.", "image/jpeg"))
    )
    one = [in_path()]
    told = given(201, {"id": IDENTITY, "width": {"type": "integer"}, "height": {"type": "integer"}, "warnings": WORDS})
    fields_of_it = given(200, {"title": TEXT, "properties": {"type": "object"}, "formats": WORDS})
    return {
        "/v1/cutouts/{id}/paintings": {"post": operation("paint", "Keep somebody once more, painted over.", told, body, one)},
        "/v1/cutouts/{id}/photo.jpg": {"get": operation("photo", "The photo they were found in, small.", small, None, one)},
        **{
            f"/v1/cutouts/{{id}}/{area}.png": {"get": operation(area, "What strokes made of it.", gray, None, one)}
            for area in painting.AREAS
        },
        "/v1/recipe": {"get": operation("recipe", "The fields of a recipe, and the formats that are written.", fields_of_it)},
    }


def kept_films() -> Schema:
    """Films that are sent once, and their frames."""
    number = {"type": ["number", "null"]}
    size: Schema = {"id": IDENTITY, "width": {"type": "integer"}, "height": {"type": "integer"}}
    told = given(201, {**size, "seconds": number, "rate": number})
    asked: Schema = {"at": {**NUMBER, "minimum": 0, "maximum": filming.LATEST, "default": 0}, "as": {"enum": list(filming.SIDES)}}
    body = {JSON: {"schema": {"type": "object", "required": ["as"], "properties": asked, "additionalProperties": False}}}
    still = given(201, {**size, "warnings": WORDS})
    one = [in_path()]
    return {
        "/v1/films": {"post": operation("keep_film", "Keep a film.", told, form(["film"], (), ("film",)))},
        "/v1/films/{id}": {"delete": operation("forget_kept_film", "Forget it.", nothing(), None, one)},
        "/v1/films/{id}/stills": {"post": operation("keep_still", "Keep a frame, as a person or a plate.", still, body, one)},
    }


def nothing() -> Schema:
    return {"204": {"description": "Done."}}


def films() -> Schema:
    more: Schema = {
        "film_quality": {"enum": list(QUALITIES), "default": "balanced"}, "plate_fit": {"enum": ["loop", "cut", "stretch"]},
        "sound": {"enum": ["person", "plate", "none"]}, "start": {**NUMBER, "minimum": 0}, "end": {**NUMBER, "minimum": 0},
        "salvage": {"type": "boolean"}, "codec": TEXT, "crf": {"type": "integer", "minimum": 0, "maximum": 63}, "pix_fmt": TEXT,
        "cutout": {"type": "boolean"}, "container": {"enum": list(FILMS), "default": "mp4"},
    }  # fmt: skip
    body = form(["person", "plate"], ("person", "plate"), ("person", "plate"), **fields()["properties"], **more)
    told = {"description": "How far it is.", "content": {JSON: {"schema": ref("Job")}}}
    film = {"description": "The film.", "content": {kind: {"schema": TEXT | {"contentMediaType": kind}} for kind in FILMS.values()}}
    steps = {"description": "`event: progress`, each with a Job as its data.", "content": {"text/event-stream": {"schema": TEXT}}}
    refused = {"application/problem+json": {"schema": ref("Problem")}}
    unfinished = {"409": {"description": "It is not done yet.", "content": refused}}
    one = [in_path()]
    return {
        "/v1/jobs": {"post": operation("begin_film", "Begin a film; one side is one.", {"202": told}, body)},
        "/v1/jobs/{id}": {
            "get": operation("film", "How far it is.", {"200": told}, None, one),
            "delete": operation("forget_film", "Cancel it, or forget its result.", nothing(), None, one),
        },
        "/v1/jobs/{id}/events": {"get": operation("film_events", "How far it is, until it has ended.", {"200": steps}, None, one)},
        "/v1/jobs/{id}/result": {
            "get": operation("film_result", "The film.", {"200": film, "206": film, **unfinished}, None, one)
        },
    }


def state() -> Schema:
    well = given(200, {"status": {"const": "ok"}})
    figures = {"200": {"description": "Figures.", "content": {"text/plain": {"schema": TEXT}}}}
    listed = given(200, {"models": {"type": "array", "items": {"type": "object"}}})
    return {
        "/v1/models": {"get": operation("models", "The weight files.", listed)},
        "/healthz": {"get": operation("health", "Whether it works: a job of 64 x 64 pixels.", well)},
        "/readyz": {"get": operation("ready", "Whether it takes more.", well)},
        "/metrics": {"get": operation("metrics", "Figures for Prometheus.", figures)},
    }


def others() -> Schema:
    """What clients of other services send; their own contracts say more."""
    told = {"200": {"description": "A picture, or the JSON that was asked for."}}
    account = {"200": {"description": "What that service tells of an account; nothing is counted here."}}
    error = {"type": "object", "required": ["title", "code"], "properties": {"title": TEXT, "code": TEXT}}
    form = {"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "items": error}}}
    refused = {str(code): {"description": "Refused.", "content": {JSON: {"schema": form}}} for code in (400, 403, 429, 500)}
    return {
        "/v1.0/removebg": {"post": {"operationId": "removebg", "summary": "As remove.bg's.", "responses": told | refused}},
        "/v1.0/account": {"get": {"operationId": "account", "summary": "As remove.bg's.", "responses": account | refused}},
        "/api/remove": {"post": operation("remove", "As rembg's.", told)},
    }


def text() -> str:
    """The document as it is checked in."""
    return json.dumps(contract(), indent=1) + "\n"


if __name__ == "__main__":
    print(text(), end="")
