"""Clients that others wrote work unmodified: PyPI removebg 0.4 and remove-bg-api 0.2.1, npm remove.bg 1.3.0."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from outside import as_removebg
from servers import EXAMPLES, pixels_of, running

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate, and is not installed")
PHOTO = EXAMPLES / "portrait.png"
NODE_MODULES = os.environ.get("CLEANPLATE_NODE_MODULES", "")  # a folder in which `npm install remove.bg@1.3.0` was run


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    with running(folder / "tmp", names=["api.remove.bg"]) as server, as_removebg(server.port, folder) as found:
        yield found


def run(outside, folder: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=folder, env=os.environ | outside.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_cut_out(data: bytes) -> bool:
    pixels = pixels_of(data)
    return pixels.shape == (500, 500, 4) and 0.3 < pixels[..., 3].mean() / 255 < 0.8


def test_removebg_of_pypi(outside, tmp_path):
    shutil.copy(PHOTO, tmp_path / "person.png")
    program = (
        "import base64, removebg\n"
        "asked = removebg.RemoveBg('a key', 'error.log')\n"
        "asked.remove_background_from_img_file('person.png')\n"
        "text = base64.b64encode(open('person.png', 'rb').read())\n"
        "asked.remove_background_from_base64_img(text, new_file_name='from_text.png', bg_color='ff0000')\n"
    )
    run(outside, tmp_path, sys.executable, "-c", program)
    assert is_cut_out((tmp_path / "person.png_no_bg.png").read_bytes())
    found = pixels_of((tmp_path / "from_text.png").read_bytes())
    assert found.shape == (500, 500, 3)
    assert found[5, 5, 0] > 245
    assert found[5, 5, 1] < 10


def test_remove_bg_api_of_pypi(outside, tmp_path):
    program = (
        "import sys, remove_bg_api\n"
        "asked = remove_bg_api.RemoveBg('a key')\n"
        f"open('out.png', 'wb').write(asked.remove_bg_file({str(PHOTO)!r}))\n"
        "try:\n    asked.remove_bg_bytes(b'no picture')\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    assert run(outside, tmp_path, sys.executable, "-c", program).strip() == "ApiErrorCode400"
    assert is_cut_out((tmp_path / "out.png").read_bytes())


NPM = bool(NODE_MODULES and shutil.which("node"))


@pytest.mark.skipif(not NPM, reason="there is no node, or CLEANPLATE_NODE_MODULES names no folder with npm's remove.bg 1.3.0")
def test_remove_bg_of_npm(outside, tmp_path):
    program = f"""
    const asked = require({str(Path(NODE_MODULES) / "node_modules" / "remove.bg")!r});
    (async () => {{
        const found = await asked.removeBackgroundFromImageFile(
            {{path: {str(PHOTO)!r}, apiKey: 'a key', size: 'preview', outputFile: 'out.png'}});
        console.log(found.detectedType, found.resultWidth, found.creditsCharged);
        await asked.removeBackgroundFromImageFile({{path: __filename, apiKey: 'a key'}}).catch(
            errors => console.log(errors[0].code));
    }})();
    """
    (tmp_path / "program.js").write_text(program)
    said = run(outside, tmp_path, "node", "program.js").split()
    assert said == ["person", "500", "0", "invalid_file_type"]
    assert is_cut_out((tmp_path / "out.png").read_bytes())
