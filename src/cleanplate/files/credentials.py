"""Content Credentials (C2PA): a manifest in a picture's file that says what it is made of, signed by the user's own certificate.

By c2pa-python (extra ``c2pa``). Nothing is fetched, and no thumbnail is made: those of the inputs would show the old background.
"""

import base64
import binascii
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleanplate.errors import InputError, MissingExtra, OutputError, why
from cleanplate.files.atomic import PathName, called
from cleanplate.files.formats import HEAD, held
from cleanplate.files.labels import KINDS, SOURCE, Labels
from cleanplate.version import __version__

MEDIA = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff", "AVIF": "image/avif",
    "HEIF": "image/heic", "JXL": "image/jxl",
}  # fmt: skip
OTHER = "application/octet-stream"  # of what the library does not look into
TOLD = {"WebP": "WEBP", "JPEG XL": "JXL"}  # of ``formats``' names those that differ
SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
ALGORITHMS = {  # what a certificate is told by: the object identifiers of its key's kind, the last one also of a signature
    "2a8648ce3d030107": "es256", "2b81040022": "es384", "2b81040023": "es512", "2a864886f70d010101": "ps256", "2b6570": "ed25519",
}  # fmt: skip
MOST_BYTES = 1 << 20  # of a certificate or key: far more than they have


@dataclass(frozen=True)
class Credentials:
    """Who signs, and what was put together.

    Args:
        c2pa_cert: a PEM file of the certificate, then of those that signed it.
        c2pa_key: a PEM file of its key, not encrypted.
        plate, person: the files that went in; None where there is none.
    """

    c2pa_cert: PathName
    c2pa_key: PathName
    plate: PathName | None = None
    person: PathName | None = None


def check(credentials: Credentials, kind: str, name: str) -> None:
    """Refuse what cannot be signed before any work is done for it.

    Raises:
        OutputError: a format that holds no manifest.
        InputError: a certificate or key that cannot be read, or that do not sign.
        MissingExtra: c2pa-python is not installed.
    """
    if kind not in MEDIA:
        raise OutputError(f"{name} cannot hold Content Credentials: write a .jpg, .png, .tif, .webp, .avif, .heic or .jxl.")
    signer(credentials).close()


def signed(data: bytes, kind: str, name: str, credentials: Credentials, labels: Labels) -> bytes:
    """A picture's file with the manifest in it.

    Args:
        kind: Pillow's name of its format.
        name: the file's.
        labels: what else the file says.

    Raises:
        as ``check``.
    """
    check(credentials, kind, name)
    library, out = c2pa(), io.BytesIO()
    found = {role: file for role in ("plate", "person") if (file := getattr(credentials, role)) is not None}
    try:
        with library.Context.from_dict(SETTINGS) as context, signer(credentials) as own:
            builder = library.Builder(json.dumps(manifest(kind, name, found, labels)), context)
            for role, file in found.items():
                add(builder, role, file)
            builder.sign(own, MEDIA[kind], io.BytesIO(data), out)
    except library.C2paError as error:
        raise InputError(f"{name} could not be signed ({why(error)}): look at `c2pa_cert` and `c2pa_key`.") from error
    return out.getvalue()


def manifest(kind: str, name: str, found: dict[str, PathName], labels: Labels) -> dict[str, Any]:
    """What is said: a composite (C2PA 2.1, 18.15, actions), into which each file was placed."""
    source = labels.words[SOURCE].texts[0] if SOURCE in labels.words else KINDS + "composite"
    actions = [{"action": "c2pa.created", "digitalSourceType": source}]
    placed = [{"action": "c2pa.placed", "parameters": {"ingredientIds": [role]}} for role in found]
    return {
        "claim_generator_info": [{"name": "cleanplate", "version": __version__}], "format": MEDIA[kind], "title": Path(name).name,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [*actions, *placed]}}],
    }  # fmt: skip


def add(builder: Any, role: str, file: PathName) -> None:
    """Name a file that went in; its own credentials go along, unless they cannot be read or its format has none.

    Raises:
        InputError: it cannot be read.
    """
    told = json.dumps({"title": Path(called(file)).name, "relationship": "componentOf", "label": role})
    with opened(file) as stream:
        kind = held(stream.read(HEAD))
        stream.seek(0)
        try:
            builder.add_ingredient(told, MEDIA.get(TOLD.get(kind, kind), OTHER), stream)
        except c2pa().C2paError:
            stream.seek(0)
            builder.add_ingredient(told, OTHER, stream)


def opened(file: PathName) -> io.BufferedReader:
    try:
        return open(file, "rb")
    except OSError as error:
        raise InputError(f"{called(file)} cannot be read ({why(error)}): look at its name and rights.") from error


# ---- who signs ---------------------------------------------------------------------------------------------------------------


def c2pa() -> Any:
    """c2pa-python.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import c2pa as library
    except ImportError as error:
        raise MissingExtra("c2pa-python", "c2pa") from error
    return library


def signer(credentials: Credentials) -> Any:
    """What signs with that certificate and key.

    Raises:
        InputError: they cannot be read, are of an unknown kind, or do not fit.
        MissingExtra: c2pa-python is not installed.
    """
    library = c2pa()
    chain, key = read(credentials.c2pa_cert), read(credentials.c2pa_key)
    kind = algorithm(chain, called(credentials.c2pa_cert))
    try:
        return library.Signer.from_info(library.C2paSignerInfo(kind.encode(), chain, key, None))
    except library.C2paError as error:
        both = f"{called(credentials.c2pa_cert)} and {called(credentials.c2pa_key)}"
        raise InputError(f"{both} do not sign ({why(error)}): give a certificate and its own plain key, as PEM.") from error


def read(file: PathName) -> bytes:
    with opened(file) as stream:
        return stream.read(MOST_BYTES)


def algorithm(chain: bytes, name: str) -> str:
    """How the first certificate of a PEM file signs, by the kind of its key (RFC 5480, RFC 8017, RFC 8410).

    Raises:
        InputError: there is none, or of another kind.
    """
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    _, _, rest = chain.partition(begin)
    body, found, _ = rest.partition(end)
    try:
        der = base64.b64decode(body) if found else b""
    except binascii.Error:
        der = b""
    for identifier, kind in ALGORITHMS.items():
        number = bytes.fromhex(identifier)
        if bytes([6, len(number)]) + number in der:
            return kind
    raise InputError(f"{name} holds no certificate that signs by ECDSA, RSA or Ed25519: give one as PEM.")
