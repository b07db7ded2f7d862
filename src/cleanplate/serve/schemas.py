"""The pieces that the contract is made of: schemas of fields, forms and answers."""

from typing import Any

from cleanplate import recipes
from cleanplate.handoff.recipe_files import EXR_COMPRESSIONS
from cleanplate.serve import keeping, layers, strokes
from cleanplate.serve.pictures import MOST_LOOKS
from cleanplate.serve.written import CHOICES, FORMATS, GIVEN, LAYERED, TABLE, TYPES
from cleanplate.transforms.tables import KNOTS, USUAL
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
            "pictures": {"type": ["integer", "null"], "description": "Of a batch."}, "failed": {"type": "integer"},
            "seconds": NUMBER, "left": maybe, "warnings": WORDS,
            "problem": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Problem"}]},
        },
    }  # fmt: skip


def stroke() -> Schema:
    """One stroke of the page's brush."""
    fraction = {"type": "array", "items": {**NUMBER, "minimum": -10, "maximum": 10}, "minItems": 2, "maxItems": 2}
    return {
        "type": "object", "required": ["brush", "size", "hardness", "points"], "additionalProperties": False,
        "properties": {
            "brush": {"enum": list(strokes.BRUSHES)}, "size": {**NUMBER, "exclusiveMinimum": 0, "maximum": strokes.MOST_SIZE},
            "hardness": {**NUMBER, "minimum": 0, "maximum": 1}, "points": {"type": "array", "items": fraction, "minItems": 1},
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


def picture(*more: str) -> Schema:
    """A picture that comes back."""
    headers = {
        name: {"schema": schema} for name, schema in (("X-Width", NUMBER), ("X-Height", NUMBER), ("X-Warnings", TEXT))
    }  # fmt: skip
    return {"200": {"description": "The picture.", "headers": headers, "content": files(*TYPES.values(), *more)}}


def one_of(description: str, *kinds: str) -> Schema:
    """An answer that is a file of one of these kinds."""
    return {"description": description, "content": files(*kinds)}


def files(*kinds: str) -> Schema:
    return {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in kinds}


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


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def in_path() -> Schema:
    return {"name": "id", "in": "path", "required": True, "schema": IDENTITY}


def nothing() -> Schema:
    return {"204": {"description": "Done."}}


def composed() -> Schema:
    """The form of what comes back of a composition: the picture, its layers, or a part of it."""
    told = output("jpg", *CHOICES)
    told["format"] = {"enum": [*FORMATS, *LAYERED, TABLE], "description": "jpg without it; of parts png; of a table cube."}
    return told | {
        "give": {"enum": list(GIVEN), "default": GIVEN[0]}, "exr_compression": {"enum": list(EXR_COMPRESSIONS)},
        "lut_size": {"enum": list(KNOTS), "default": USUAL},
    }  # fmt: skip


def look() -> Schema:
    """What colors are matched to in the plate's stead."""
    one: Schema = {
        "type": "object", "required": ["plate"], "additionalProperties": False,
        "properties": {"plate": IDENTITY, "weight": {**NUMBER, "exclusiveMinimum": 0, "default": 1}},
    }  # fmt: skip
    return {"anyOf": [IDENTITY, {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_LOOKS}]}
