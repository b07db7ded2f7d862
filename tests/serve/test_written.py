"""serve.written and serve.making: layers, parts, tables and looks over HTTP are, byte for byte, what the command writes."""

import pytest
from servers import EXAMPLES

from cleanplate import cli
from cleanplate.serve import written
from cleanplate.serve.client import Problem


def test_layered_formats_are_those_whose_library_is_installed(monkeypatch):
    for gone, left in (((), ["psd", "psb", "ora", "exr"]), (("psd_tools",), ["ora", "exr"]), (("Imath",), ["psd", "psb", "ora"])):
        monkeypatch.setattr(written, "find_spec", lambda library, gone=gone: None if library in gone else library)
        assert sorted(written.layered_here()) == sorted(left)


PARTS = [("cutout", "--cutout-out", "png"), ("foreground", "--foreground-out", "tif"), ("alpha", "--alpha-out", "png")]


def command(out, *arguments: object) -> bytes:
    """What the command line writes into ``out``."""
    assert cli.main([*map(str, arguments), "--overwrite", "-q"]) == 0
    return out.read_bytes()


@pytest.mark.parametrize("format", ["psd", "psb", "ora", "exr"])
def test_layers_have_the_bytes_of_the_command(tmp_path, client, files, format):
    out = tmp_path / f"out.{format}"
    told = ("--depth", 16, "--wrap", 0.5, "--rotate", 20, "--flip")
    made = command(out, "compose", *files, "-o", out, *told)
    sent = client.compose(*files, format=format, depth=16, wrap=0.5, rotate=20, flip=True)
    assert sent.data == made
    assert sent.type.startswith("image/")


@pytest.mark.parametrize(("give", "flag", "format"), PARTS)
def test_parts_have_the_bytes_of_the_command(tmp_path, client, files, give, flag, format):
    out = tmp_path / f"part.{format}"
    made = command(out, "compose", *files, "-o", tmp_path / "out.png", "--depth", 16, flag, out)
    assert client.compose(*files, give=give, format=format, depth=16).data == made


def test_a_table_has_the_bytes_of_the_command(tmp_path, client, files):
    out = tmp_path / "match.cube"
    made = command(out, "compose", *files, "-o", tmp_path / "out.png", "--lut-out", out, "--lut-size", 17)
    sent = client.compose(*files, give="lut", lut_size=17)
    assert sent.data == made
    assert sent.type == "text/plain; charset=utf-8"
    assert "table" in sent.warnings[-1]  # how near it comes


def test_a_look_and_a_mixture_have_the_bytes_of_the_command(tmp_path, client, files):
    out, look = tmp_path / "out.png", EXAMPLES / "plate.jpg"
    alone = command(out, "compose", *files, "-o", out, "--look", look)
    assert client.compose(*files, look=look, format="png").data == alone
    kept, plate = client.keep_plate(look), client.keep_plate(files[1])
    assert client.compose(*files, look=kept, format="png").data == alone
    mixed = command(out, "compose", *files, "-o", out, "--look", f"{look}:0.6", "--look", f"{files[1]}:0.4")
    several = [{"plate": kept.id, "weight": 0.6}, {"plate": plate.id, "weight": 0.4}]
    person = client.keep_cutout(files[0])
    assert client.compose_layers(plate, [{"person": person}], look=several, format="png").data == mixed
    assert len({alone, mixed, client.compose(*files, format="png").data}) == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"give": "shadow"}, "There is no `give` shadow: give one of picture, cutout, foreground, alpha, lut."),
        ({"give": "cutout", "format": "jpg"}, "There is no `format` jpg: give one of png,"),
        ({"give": "alpha", "quality": 50}, "`quality` goes with the picture, and alpha as png was asked for: leave it out."),
        ({"format": "psd", "mark": "none"}, "`mark` goes with the picture, and picture as psd was asked for: leave it out."),
        ({"format": "psd", "exr_compression": "zip"}, "`exr_compression` goes with an .exr: leave it out."),
        ({"lut_size": 33}, "`lut_size` goes with `give` lut: leave it out."),
        ({"give": "lut", "harmonize": False}, "The colors were left as they are, of which there is no table"),
        ({"look": "0" * 32 + "x"}, "`look` is a file, or the id of 32 hex digits of something kept; neither was given."),
        ({"look": "[]"}, "`look` is an id, or 1 to 8 objects in a list, each a `plate` and a `weight`."),
        ({"look": '[{"plate": "' + "0" * 32 + '", "weight": 0}]'}, "`weight` is a number above 0; 0 was given."),
        ({"rotate": 181}, "`rotate` is degrees clockwise from -180 to 180; 181 was given."),
    ],
)
def test_what_cannot_be_given_is_refused_in_a_sentence(client, files, fields, said):
    person, plate = client.keep_cutout(files[0]), client.keep_plate(files[1])
    with pytest.raises(Problem) as refused:
        client.post_json("/v1/compose", {"person": person, "plate": plate, **fields})
    assert refused.value.status == 422
    assert said in refused.value.detail
