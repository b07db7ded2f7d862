"""The contract as OpenAPI 3.1, made of what the handlers check by: ``python -m cleanplate.serve.openapi > docs/openapi.json``."""

import json

import cleanplate
from cleanplate.film.quality import QUALITIES
from cleanplate.serve import batches, filming, keeping, layers, painting, strokes
from cleanplate.serve.jobs import ARCHIVE
from cleanplate.serve.jobs import TYPES as FILMS
from cleanplate.serve.schemas import (
    FILE,
    IDENTITY,
    JSON,
    NUMBER,
    PROBLEM,
    SIDE,
    TEXT,
    WORDS,
    Schema,
    composed,
    fields,
    form,
    given,
    in_path,
    job,
    layer,
    look,
    nothing,
    one_of,
    operation,
    output,
    picture,
    ref,
    some,
    stroke,
)
from cleanplate.serve.written import CHOICES, LAYERED, MATCHED


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


# ---- addresses -----------------------------------------------------------------------------------------------------


def pictures() -> Schema:
    people, written = ["person", "plate", "alpha", "keep_mask", "drop_mask", "look"], [each for each in CHOICES if each != "space"]
    whole = {"plate": IDENTITY, "layers": {"type": "array", "minItems": 1, "maxItems": layers.MOST, "items": ref("Layer")}}
    by_id = {
        "schema": {
            "type": "object", "required": ["plate"], "additionalProperties": False,
            "properties": {**whole, "person": IDENTITY, "look": look(), **fields()["properties"], **composed()},
        }
    }  # fmt: skip
    all_of_it = {**fields()["properties"], **composed()}
    composing = form(people, ("person", "plate", "look"), ("person", "plate"), **all_of_it) | {JSON: by_id}
    some_of_it = {**some(*MATCHED, "weights"), **output("jpg", *written)}
    harmonizing = form(["composite", "mask", "plate"], (), ("composite", "mask"), **some_of_it)
    matting = form(["person", "keep_mask", "drop_mask"], (), ("person",), **some("keep"), **output("png"))
    every = picture(*dict.fromkeys(LAYERED.values()), "text/plain")
    return {
        "/v1/compose": {"post": operation("compose", "The person of one picture in another.", every, composing)},
        "/v1/harmonize": {"post": operation("harmonize", "A composite matched to its background.", picture(), harmonizing)},
        "/v1/matte": {"post": operation("matte", "Where the person of a picture is.", picture(), matting)},
    }


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
        small = {"200": one_of("It, small.", kind)}
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
    asked: Schema = {
        "flip": {"type": "boolean", "default": False}, **some("keep"),
        "strokes": {"type": "array", "items": stroke(), "maxItems": strokes.MOST_STROKES},
    }  # fmt: skip
    body = {JSON: {"schema": {"type": "object", "properties": asked, "additionalProperties": False}}}
    gray, small = {"200": one_of("White where it was painted.", "image/png")}, {"200": one_of("It, small.", "image/jpeg")}
    one = [in_path()]
    told = given(201, {"id": IDENTITY, "width": {"type": "integer"}, "height": {"type": "integer"}, "warnings": WORDS})
    fields_of_it = given(200, {"title": TEXT, "properties": {"type": "object"}, "formats": WORDS, "layered": WORDS})
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


def films() -> Schema:
    """Jobs: films, and batches of pictures and films."""
    told = {"description": "How far it is.", "content": {JSON: {"schema": ref("Job")}}}
    film = one_of("It.", *FILMS.values(), *ARCHIVE.values())
    steps = {"description": "`event: progress`, each with a Job as its data.", "content": {"text/event-stream": {"schema": TEXT}}}
    unfinished = {"description": "It is not done yet.", "content": {"application/problem+json": {"schema": ref("Problem")}}}
    answers = {"200": film, "206": film, "409": unfinished}
    begun, one = "Begin a film, one side of which is one, or a batch.", [in_path()]
    return {
        "/v1/jobs": {"post": operation("begin_film", begun, {"202": told}, job_form())},
        "/v1/jobs/{id}": {
            "get": operation("film", "How far it is.", {"200": told}, None, one),
            "delete": operation("forget_film", "Cancel it, or forget its result.", nothing(), None, one),
        },
        "/v1/jobs/{id}/events": {"get": operation("film_events", "How far it is, until it has ended.", {"200": steps}, None, one)},
        "/v1/jobs/{id}/result": {"get": operation("film_result", "The film, or a batch's archive.", answers, None, one)},
    }


def job_form() -> Schema:
    """What begins a job: people, plates, a recipe, and the options of films and of batches."""
    film: Schema = {
        "film_quality": {"enum": list(QUALITIES), "default": "balanced"}, "plate_fit": {"enum": ["loop", "cut", "stretch"]},
        "sound": {"enum": ["person", "plate", "none"]}, "start": {**NUMBER, "minimum": 0}, "end": {**NUMBER, "minimum": 0},
        "salvage": {"type": "boolean"}, "codec": TEXT, "crf": {"type": "integer", "minimum": 0, "maximum": 63}, "pix_fmt": TEXT,
        "cutout": {"type": "boolean"}, "container": {"enum": list(FILMS), "default": "mp4"},
    }  # fmt: skip
    several: Schema = {"type": "array", "items": {"anyOf": [FILE, IDENTITY]}, "minItems": 1, "maxItems": batches.MOST}
    pairing = {"enum": list(batches.PAIRINGS), "default": batches.PAIRINGS[0]}
    batch = {**composed(), "pairing": pairing, "people": several, "plates": several}
    return form(["person", "plate"], ("person", "plate"), (), **fields()["properties"], **film, **batch)


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
