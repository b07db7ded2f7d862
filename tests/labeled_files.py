"""Picture files with everything in them that cameras and editors write beside the pixels."""

import io
import struct

import numpy as np
from PIL import Image as pillow
from PIL import TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

GPS, SERIAL, SOUGHT = "48.858", "SN-4711-4711", "NOTE-OF-THE-MAKER"
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 exif:GPSLatitude="48.858" aux:SerialNumber="SN-4711-4711" photoshop:Credit="Agency &amp; Co" xmp:Rating="4">
<dc:creator><rdf:Seq><rdf:li>Änne Beispiel</rdf:li><rdf:li>Zoë</rdf:li></rdf:Seq></dc:creator>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© Änne</rdf:li></rdf:Alt></dc:rights>
<e:LocationCreated><rdf:Bag><rdf:li e:City="48.858"/></rdf:Bag></e:LocationCreated>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def exif(make: str = "Camera Co") -> bytes:
    """EXIF with an author, and with a place, a serial number, a maker's note and a turn."""
    made = pillow.Exif()
    made[0x010F], made[0x013B], made[0x8298], made[0x0112] = make, "Änne Beispiel".encode(), "© Änne".encode(), 1
    made.get_ifd(0x8769).update({0x829A: TiffImagePlugin.IFDRational(1, 100), 0xA431: SERIAL, 0x927C: SOUGHT.encode()})
    made.get_ifd(0x8825).update({1: "N", 29: GPS})
    return made.tobytes()


def iptc() -> bytes:
    """Two authors and a city in IPTC-IIM."""
    texts = (80, b"Bo"), (80, b"Cy"), (90, b"48.858")
    return b"".join(struct.pack(">BBBH", 28, 2, number, len(text)) + text for number, text in texts)


def everything(kind: str, make: str = "Camera Co") -> bytes:
    """A small picture with all of it."""
    file, options = io.BytesIO(), {"exif": exif(make), "xmp": XMP}
    if kind == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", options.pop("xmp").decode())
    if kind == "TIFF":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.tagtype[700] = 1
        tags[315], tags[33432], tags[271], tags[700] = "Änne Beispiel".encode(), "© Änne".encode(), make, XMP
        options = {"tiffinfo": tags}
    pillow.fromarray(np.full((24, 32, 3), 90, np.uint8)).save(file, kind, **options)
    return file.getvalue()
