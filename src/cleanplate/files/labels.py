"""What a composite's file says of it: whose pictures it is made of, and that it is a composite.

Never places, serial numbers, thumbnails or an orientation: only what ``tags`` has lists for is ever read.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.files import tags as names
from cleanplate.files.tags import CORE, DC, EXTENSION, PHOTOSHOP, RDF, RIGHTS, XMP
from cleanplate.values import Tags, Words
from cleanplate.version import __version__

Metadata = Literal["keep", "copyright", "none"]
METADATA = get_args(Metadata)
Mark = Literal["composite", "none"]
MARKS = get_args(Mark)

PREFIXES = {DC: "dc", RIGHTS: "xmpRights", PHOTOSHOP: "photoshop", CORE: "Iptc4xmpCore", EXTENSION: "Iptc4xmpExt", XMP: "xmp"}
CREATOR, RIGHT, CREDIT = f"{{{DC}}}creator", f"{{{DC}}}rights", f"{{{PHOTOSHOP}}}Credit"
OWNERSHIP = (CREATOR, RIGHT, CREDIT, *(f"{{{RIGHTS}}}{name}" for name in ("WebStatement", "UsageTerms", "Marked", "Owner")))
SOURCE = f"{{{EXTENSION}}}DigitalSourceType"
KINDS = "http://cv.iptc.org/newscodes/digitalsourcetype/"  # IPTC's vocabulary
CAMERAS = ("digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print")
GENERATED = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")


@dataclass(frozen=True)
class Labels:
    """What is written into a file.

    Args:
        main, exif: of EXIF, by tag.
        words: of XMP, by ``{namespace}name``.
    """

    main: dict[int, Any]
    exif: dict[int, Any]
    words: dict[str, Words]

    def exif_block(self) -> bytes:
        """EXIF as files hold it, without its mark; empty for nothing."""
        if not self.main and not self.exif:
            return b""
        made = pillow.Exif()
        made.update(as_bytes(self.main))
        if self.exif:
            made.get_ifd(names.EXIF_PART).update(as_bytes(self.exif))
        return made.tobytes().removeprefix(b"Exif\0\0")

    def packet(self) -> bytes:
        """XMP as files hold it (ISO 16684-1, 7); empty for nothing."""
        if not self.words:
            return b""
        spaces = "".join(f' xmlns:{prefix}="{uri}"' for uri, prefix in PREFIXES.items())
        lines = "\n".join(element(name, words) for name, words in self.words.items())
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
            f'<rdf:RDF xmlns:rdf="{RDF}">\n<rdf:Description rdf:about=""{spaces}>\n{lines}\n</rdf:Description>\n</rdf:RDF>\n'
            '</x:xmpmeta>\n<?xpacket end="w"?>'
        ).encode()


NOTHING = Labels({}, {}, {})


def labels(plate: Tags | None, person: Tags | None, metadata: Metadata = "copyright", mark: Mark = "composite") -> Labels:
    """What is written into the file of a composite.

    Args:
        plate, person: what their files say; None where that is not known.
        metadata: ``copyright``: author and rights of both; ``keep``: also the plate's title, words, dates and exposure; ``none``.
        mark: ``composite``: IPTC's word for what the picture is, and the program's name; ``none``.

    Raises:
        InputError: no such ``metadata`` or ``mark``.
    """
    if metadata not in METADATA or mark not in MARKS:
        raise InputError(
            f"`metadata` is one of {', '.join(METADATA)} and `mark` of {', '.join(MARKS)}; {metadata} and {mark} were given."
        )
    first, second = plate or Tags(), person or Tags()
    main: dict[int, Any] = {}
    exif: dict[int, Any] = {}
    words: dict[str, Words] = {}
    if metadata == "keep":
        main, exif, words = dict(first.main), dict(first.exif), dict(first.words)
        words.pop(SOURCE, None)
    if metadata != "none":
        words |= owned(first, second)
        main |= {
            tag: "; ".join(words[name].texts) for tag, name in ((names.ARTIST, CREATOR), (names.COPYRIGHT, RIGHT)) if name in words
        }
    if mark == "composite":
        program = f"cleanplate {__version__}"
        main[names.SOFTWARE] = program
        words |= {f"{{{XMP}}}CreatorTool": Words("", (program,)), SOURCE: Words("", (KINDS + kind_of(plate, person),))}
    return Labels(main, exif, words)


def owned(*given: Tags) -> dict[str, Words]:
    """Authors and rights of all that are given, each told once; of what holds one text the first."""
    answer: dict[str, Words] = {}
    for tags in given:
        told = {name: tags.words[name] for name in OWNERSHIP if name in tags.words}
        for tag, name, kind in ((names.ARTIST, CREATOR, "Seq"), (names.COPYRIGHT, RIGHT, "Alt")):
            if tag in tags.main:
                told.setdefault(name, Words(kind, (str(tags.main[tag]),)))
        for name, words in told.items():
            before = answer.setdefault(name, words)
            if words.kind == "Seq":
                answer[name] = Words("Seq", tuple(dict.fromkeys(before.texts + words.texts)))
            elif name in (RIGHT, CREDIT):  # an Alt holds one text in several languages: both go into one
                answer[name] = Words(words.kind, ("; ".join(dict.fromkeys((*before.texts[:1], *words.texts[:1]))),))
    return answer


def kind_of(plate: Tags | None, person: Tags | None) -> str:
    """IPTC's word for a composite of two pictures: of camera pictures where both say so, of generated ones where either does.

    >>> kind_of(None, None), kind_of(Tags({0x010F: "Canon"}), Tags({0x010F: "Sony"}))
    ('composite', 'compositeCapture')
    """
    both = [tags or Tags() for tags in (plate, person)]
    said = [each.words[SOURCE].texts[0].rsplit("/", 1)[-1] if SOURCE in each.words else "" for each in both]
    if any(word in GENERATED for word in said):
        return "compositeWithTrainedAlgorithmicMedia"
    captured = (word in CAMERAS if word else names.MAKE in each.main for each, word in zip(both, said, strict=True))
    return "compositeCapture" if all(captured) else "composite"


def as_bytes(values: dict[int, Any]) -> dict[int, Any]:
    """Texts as UTF-8, which Pillow would make question marks of."""
    return {tag: printable(each).encode() if isinstance(each, str) else each for tag, each in values.items()}


def element(name: str, words: Words) -> str:
    """One property of XMP.

    >>> element("{http://ns.adobe.com/xap/1.0/}Label", Words("", ("a & b",)))
    '<xmp:Label>a &amp; b</xmp:Label>'
    """
    space, _, local = name.removeprefix("{").partition("}")
    tag, texts = f"{PREFIXES[space]}:{local}", [escape(printable(each)) for each in words.texts]
    if not words.kind:
        return f"<{tag}>{texts[0]}</{tag}>"
    start = '<rdf:li xml:lang="x-default">' if words.kind == "Alt" else "<rdf:li>"
    items = "".join(f"{start}{text}</rdf:li>" for text in (texts[:1] if words.kind == "Alt" else texts))
    return f"<{tag}><rdf:{words.kind}>{items}</rdf:{words.kind}></{tag}>"


def escape(text: str) -> str:
    """As ``xml.sax.saxutils.escape``, whose module imports all of HTTP and its encryption."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or (letter >= " " and not "\ud800" <= letter <= "\udfff"))
