"""What a file says of its picture beside the pixels: who made it, with what, under which rights. Read from lists of what is wanted,
so that no place, serial number, thumbnail or maker's note can come along."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PIL import Image as pillow
from PIL import TiffImagePlugin

from cleanplate.values import Tags, Words

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ARTIST, COPYRIGHT, SOFTWARE, MAKE, EXIF_PART = 0x013B, 0x8298, 0x0131, 0x010F, 0x8769
MAIN = (0x010E, MAKE, 0x0110, 0x0132, ARTIST, COPYRIGHT)  # description, make, model, date, artist, copyright
EXPOSURE = (
    0x829A, 0x829D, 0x8822, 0x8827, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207,
    0x9208, 0x9209, 0x920A, 0xA402, 0xA403, 0xA404, 0xA405, 0xA406, 0xA432, 0xA433, 0xA434,
)  # fmt: skip
# of EXIF 2.32: times, aperture, sensitivity, dates, distance, light, flash, focal length, modes, lens

DC, RIGHTS, PHOTOSHOP = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/rights/", "http://ns.adobe.com/photoshop/1.0/"
CORE, EXTENSION = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP, RDF = "http://ns.adobe.com/xap/1.0/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
WANTED = {
    DC: ("creator", "rights", "title", "description", "subject"), RIGHTS: ("Marked", "WebStatement", "UsageTerms", "Owner"),
    PHOTOSHOP: ("Credit", "Source", "Headline", "Instructions", "DateCreated"), CORE: ("CreatorJobTitle",),
    EXTENSION: ("DigitalSourceType",), XMP: ("CreateDate", "Rating", "Label"),
}  # fmt: skip
LARGEST = 1 << 20  # bytes of XMP that are looked at
LONGEST = 4096  # characters of a text

Answer = TypeVar("Answer")


def found(picture: pillow.Image) -> Tags:
    """What an opened picture's file says; nothing of what is damaged."""
    exif = tried(picture.getexif, pillow.Exif())
    tiff = picture.tag_v2 if isinstance(picture, TiffImagePlugin.TiffImageFile) else {}
    packet = picture.info.get("xmp") or tiff.get(700) or b""
    legacy = tried(lambda: picture.info["photoshop"][0x0404], b"") or tiff.get(33723) or b""
    nothing: dict[int, Any] = {}
    words = tried(lambda: from_iptc(legacy), dict[str, Words]()) | tried(lambda: parsed(packet), dict[str, Words]())
    return Tags(
        tried(lambda: some(exif, MAIN), nothing), tried(lambda: some(exif.get_ifd(EXIF_PART), EXPOSURE), nothing), words
    )


def from_blocks(exif: bytes, xmp: bytes, iptc: bytes = b"") -> Tags:
    """The same of what another library has found."""
    made = pillow.Image()
    made.info |= {"exif": exif, "xmp": xmp, "photoshop": {0x0404: iptc}}
    return found(made)


def tried(read: Callable[[], Answer], otherwise: Answer) -> Answer:
    """A picture with damaged words is whole."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - as many classes as there are ways to be damaged
        return otherwise


def some(given: Any, tags: tuple[int, ...]) -> dict[int, Any]:
    """Those of EXIF's values; texts in the encoding that people write them in, which is not the standard's."""
    values = {tag: given[tag] for tag in tags if tag in given}
    texts = {tag: decoded(each.encode("latin-1", "replace")) for tag, each in values.items() if isinstance(each, str)}
    values |= {tag: text.strip("\0 ") for tag, text in texts.items()}
    return {tag: each for tag, each in values.items() if not isinstance(each, str | bytes | tuple) or 0 < len(each) <= LONGEST}


def decoded(text: bytes) -> str:
    """UTF-8, or else what Latin-1 makes of it.

    >>> decoded("é".encode()), decoded("é".encode("latin-1"))
    ('é', 'é')
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


# ---- XMP (ISO 16684-1) ---------------------------------------------------------------------------------------------


def parsed(packet: bytes | str) -> dict[str, Words]:
    """The wanted texts of a packet by ``{namespace}name``; structures are left out."""
    data = packet.encode() if isinstance(packet, str) else bytes(packet)
    if not data or len(data) > LARGEST or b"<!" in data.replace(b"<!--", b""):  # no entities, which can be made to explode
        return {}
    answer: dict[str, Words] = {}
    from xml.etree import ElementTree  # most files have none

    for node in ElementTree.fromstring(data.strip(b"\0 \n\r\t")).iter(f"{{{RDF}}}Description"):  # noqa: S314 - see above
        given = {name: Words("", (text,)) for name, text in node.attrib.items()}
        given |= {each.tag: texts for each in node if (texts := words_in(each)) is not None}
        answer |= {name: texts for name, texts in given.items() if wanted(name) and 0 < sum(map(len, texts.texts)) <= LONGEST}
    return answer


def words_in(node: "Element") -> Words | None:
    """A property's text or array of texts; None for a structure."""
    if len(node) == 0:
        return Words("", (node.text.strip(),)) if node.text else None
    kind = node[0].tag.removeprefix(f"{{{RDF}}}")
    items = [each.text or "" for each in node[0] if len(each) == 0]
    return Words(kind, tuple(items)) if kind in ("Seq", "Bag", "Alt") and len(node) == 1 and len(items) == len(node[0]) else None


def wanted(name: str) -> bool:
    space, _, local = name.removeprefix("{").partition("}")
    return local in WANTED.get(space, ())


# ---- IPTC-IIM 4.2 ---------------------------------------------------------------------------------------------------

LEGACY = {80: (f"{{{DC}}}creator", "Seq"), 116: (f"{{{DC}}}rights", "Alt"), 110: (f"{{{PHOTOSHOP}}}Credit", "")}  # of record 2


def from_iptc(block: bytes) -> dict[str, Words]:
    """Author, rights and credit of the older form, under XMP's names.

    >>> from_iptc(bytes([28, 2, 110, 0, 2]) + b"me")
    {'{http://ns.adobe.com/photoshop/1.0/}Credit': Words(kind='', texts=('me',))}
    """
    answer: dict[str, Words] = {}
    at = 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        record, number, length = block[at + 1], block[at + 2], int.from_bytes(block[at + 3 : at + 5], "big")
        if length > LONGEST:  # and extended lengths
            break
        if record == 2 and number in LEGACY:
            name, kind = LEGACY[number]
            before = answer[name].texts if name in answer else ()
            answer[name] = Words(kind, (*before, decoded(block[at + 5 : at + 5 + length])))
        at += 5 + length
    return answer
