"""credentials: what was put together is signed into the file by the user's own certificate, and c2pa reads it back."""

import datetime
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from cleanplate.errors import InputError, MissingExtra, OutputError
from cleanplate.files import credentials
from cleanplate.files.credentials import Credentials
from cleanplate.files.labels import labels
from cleanplate.files.photos import check_form, read_image, write_image
from cleanplate.values import Image

c2pa = pytest.importorskip("c2pa")
x509 = pytest.importorskip("cryptography.x509")
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
KEYS = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()), "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048), "ed25519": ed25519.Ed25519PrivateKey.generate,
}  # fmt: skip


def certificate(name: str, key, by, authority: bool):
    """One for ``name``'s key, by the key ``by`` of the authority."""
    now, usage = datetime.datetime.now(datetime.UTC), [False] * 9
    usage[5 if authority else 0] = True
    naming = [x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, each)]) for each in (name, "Authority")]
    made = x509.CertificateBuilder(naming[1], naming[0], key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(9))
    made = made.add_extension(x509.BasicConstraints(authority, None), True).add_extension(x509.KeyUsage(*usage), True)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
    if not authority:
        made = made.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    digest = None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(by, digest).public_bytes(serialization.Encoding.PEM)


def made(folder: Path, kind: str = "es256") -> Credentials:
    """A photographer's certificate and key, and two pictures."""
    folder.mkdir(exist_ok=True)
    root, own = KEYS[kind](), KEYS[kind]()
    chain = certificate("Photographer", own, root, False) + certificate("Authority", root, root, True)
    key = own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for name, data in (("chain.pem", chain), ("key.pem", key), ("person.exr", b"v/1\1" + bytes(60))):
        (folder / name).write_bytes(data)
    pillow.fromarray(PIXELS).save(folder / "beach.jpg")
    return Credentials(folder / "chain.pem", folder / "key.pem", folder / "beach.jpg", folder / "person.exr")


def seen(data: bytes, media: str) -> tuple[dict, dict]:
    """What c2pa finds: all of it, and the newest manifest."""
    told = json.loads(c2pa.Reader(media, io.BytesIO(data)).json())
    return told, told["manifests"][told["active_manifest"]]


def written(target: Path, own: Credentials) -> bytes:
    write_image(Image(PIXELS), target, labels=labels(None, None), credentials=own)
    return target.read_bytes()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif", "heic", "jxl"])
def test_a_manifest_names_both_pictures_and_what_this_is_and_holds_no_thumbnail(suffix: str, tmp_path: Path) -> None:
    media = {"jpg": "image/jpeg", "tif": "image/tiff"}.get(suffix, f"image/{suffix}")
    data = written(tmp_path / f"out.{suffix}", made(tmp_path))
    told, newest = seen(data, media)
    assert told["validation_state"] == "Valid"  # signed and whole; who signed is known to nobody here
    assert {each["code"] for each in told["validation_results"]["activeManifest"]["failure"]} == {"signingCredential.untrusted"}
    assert [(each["title"], each["relationship"]) for each in newest["ingredients"]] == [
        ("beach.jpg", "componentOf"), ("person.exr", "componentOf"),
    ]  # fmt: skip
    actions = next(each["data"]["actions"] for each in newest["assertions"] if each["label"].startswith("c2pa.actions"))
    assert [each["action"] for each in actions] == ["c2pa.created", "c2pa.placed", "c2pa.placed"]
    assert actions[0]["digitalSourceType"].endswith("/composite")
    assert newest["claim_generator_info"][0]["name"] == "cleanplate"
    assert "thumbnail" not in json.dumps(told)
    plain = tmp_path / f"plain.{suffix}"
    write_image(Image(PIXELS), plain, labels=labels(None, None))
    np.testing.assert_array_equal(read_image(data).pixels, read_image(plain).pixels)


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_kind_sign(kind: str, tmp_path: Path) -> None:
    own = made(tmp_path, kind)
    assert credentials.algorithm((tmp_path / "chain.pem").read_bytes(), "a") == kind
    told, newest = seen(written(tmp_path / "out.jpg", own), "image/jpeg")
    assert told["validation_state"] == "Valid"
    assert newest["signature_info"]["issuer"] == "Photographer"


def test_a_changed_picture_is_not_what_was_signed(tmp_path: Path) -> None:
    data = bytearray(written(tmp_path / "out.jpg", made(tmp_path)))
    data[-200] ^= 1
    assert seen(bytes(data), "image/jpeg")[0]["validation_state"] == "Invalid"


def test_a_picture_made_of_a_signed_one_keeps_its_history(tmp_path: Path) -> None:
    own = made(tmp_path)
    written(tmp_path / "first.jpg", own)
    again = Credentials(own.c2pa_cert, own.c2pa_key, tmp_path / "first.jpg")
    told, newest = seen(written(tmp_path / "second.jpg", again), "image/jpeg")
    assert len(told["manifests"]) == 2
    assert newest["ingredients"][0]["active_manifest"] in told["manifests"]


def test_what_cannot_be_signed_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = made(tmp_path), made(tmp_path / "other")
    with pytest.raises(OutputError, match=r"^a\.bmp cannot hold Content Credentials: write a \.jpg,"):
        check_form("a.bmp", None, credentials=own)
    for name, said in (("missing.pem", "cannot be read"), ("key.pem", "holds no cert"), ("beach.jpg", "holds no cert")):
        with pytest.raises(InputError, match=said):
            check_form("a.jpg", None, credentials=Credentials(tmp_path / name, own.c2pa_key))
    for key in (tmp_path / "chain.pem", tmp_path / "beach.jpg", other.c2pa_key):
        with pytest.raises(InputError, match=r"^[^\n]*(do not sign|could not be signed)[^\n]*$"):
            write_image(Image(PIXELS), tmp_path / "a.jpg", credentials=Credentials(own.c2pa_cert, key))
    assert not (tmp_path / "a.jpg").exists()
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    with pytest.raises(MissingExtra, match=r"pip install 'cleanplate\[c2pa\]'"):
        check_form("a.jpg", None, credentials=own)

