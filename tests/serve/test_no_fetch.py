"""No address that a request names is ever fetched, and no file of the server is read by name: 40 ways to ask for it, none heard."""

import socket
import threading

import pytest

from cleanplate.serve.client import Client, Problem


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.hits = self.socket.getsockname()[1], 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            self.hits += 1
            line.close()


@pytest.fixture
def listener():
    found = Listener()
    yield found
    found.socket.close()


def documents(url: str) -> dict[str, bytes]:
    """Files that make careless readers open an address, or another file."""
    return {
        "m3u8": f"#EXTM3U\n#EXTINF:1,\n{url}/a.ts\n#EXT-X-ENDLIST\n".encode(),
        "ffconcat": f"ffconcat version 1.0\nfile {url}/a.mp4\n".encode(),
        "ffconcat-file": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "dash": f'<?xml version="1.0"?><MPD><BaseURL>{url}/</BaseURL></MPD>'.encode(),
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {url.rpartition(':')[2]} RTP/AVP 96\n".encode(),
        "svg": f'<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{url}/a.png"/></svg>'.encode(),
        "svg-entity": f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{url}/x">]><svg>&x;</svg>'.encode(),
        "asx": f'<asx><entry><ref href="{url}/a"/></entry></asx>'.encode(),
        "pls": f"[playlist]\nFile1={url}/a\n".encode(),
        "msl": f'<image><read filename="{url}/a.png"/></image>'.encode(),
        "mvg": f"push graphic-context\nimage over 0,0 0,0 '{url}/a.png'\n".encode(),
        "eps": f"%!PS\n({url}) (r) file\n".encode(),
        "html": f'<img src="{url}/a.png">'.encode(),
        "xmp": png_with_text(f'<x:xmpmeta xmlns:x="{url}"/>'),
    }


def png_with_text(text: str) -> bytes:
    import io

    import numpy as np
    from PIL import Image as pillow
    from PIL.PngImagePlugin import PngInfo

    info, file = PngInfo(), io.BytesIO()
    info.add_itxt("XML:com.adobe.xmp", text)
    pillow.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


ADDRESSES = ("{0}/a.png", "file:///etc/passwd", "concat:{0}/a|{0}/b", "subfile,,start,0,end,9,,:{0}/a", "ftp://127.0.0.1:{1}/a",
             "data:image/png;base64,AAAA", "//127.0.0.1:{1}/a", "http:\\\\127.0.0.1:{1}\\a", "gopher://127.0.0.1:{1}/")  # fmt: skip


def asking(url: str, port: int, ground: bytes) -> list[tuple[str, dict]]:
    """Requests that name an address or a file where a picture is meant, and those whose files do."""
    as_files = [
        (path, {first: data, second: ground})
        for data in documents(url).values()
        for path, first, second in (("/v1/compose", "person", "plate"), ("/v1/jobs", "person", "plate"))
    ]
    texts = [each.format(url, port) for each in ADDRESSES]
    as_texts = [("/v1/compose", {"plate": ground, "person": Text(text)}) for text in texts]
    as_fields = [("/v1/compose", {"plate": ground, name: texts[0]}) for name in ("url", "person_url", "image_url", "plate_url")]
    removebg = [("/v1.0/removebg", {name: text}) for name in ("image_url", "bg_image_url") for text in texts[:2]]
    return [*as_files, *as_texts, *as_fields, *removebg]


class Text(str):
    """Sent as text, though the field takes a file."""

    __slots__ = ()


@pytest.mark.long
def test_no_address_is_fetched_and_no_file_read_by_name(start, ground, listener):
    url = f"http://127.0.0.1:{listener.port}"
    requests = asking(url, listener.port, ground)
    assert len(requests) >= 40
    with start(work_seconds=20) as server, server.client() as client:
        for path, fields in requests:
            send(client, path, fields)
        send(client, f"/api/remove?url={url}/a.png", {})
    assert listener.hits == 0
    with socket.create_connection(("127.0.0.1", listener.port)):  # it would have been heard
        pass
    threading.Event().wait(0.2)
    assert listener.hits == 1


def send(client: Client, path: str, fields: dict) -> None:
    """Ask, and see it refused, at once or (a film) when it is looked at."""
    files = {name: value for name, value in fields.items() if not isinstance(value, Text)}
    body = {name: str(value) for name, value in fields.items() if isinstance(value, Text)}
    try:
        if body:
            client.post_json(path, body | {"plate": "0" * 32})
            raise AssertionError(f"{path} took {body}")
        told = client.post(path, files)[1]
    except Problem as refused:
        assert refused.status < 500, refused  # noqa: PT017 - of some only the address decides
        assert "root:" not in refused.detail  # noqa: PT017
        return
    if path == "/v1/jobs":
        import json

        job = json.loads(told)["id"]
        *_, last = client.progress(job)
        assert last["state"] == "failed", last
        assert last["problem"]["status"] < 500


