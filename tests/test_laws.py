"""Contracts that go through several rooms, each against a slow exact reference or a network that would break them."""

import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate import Compositor, Cutout, Image, Placement, Plate, Settings
from cleanplate.models.harmonizer import Cues
from cleanplate.stages import edge_colors, framing
from cleanplate.transforms.forms import Transform
from cleanplate.values import Crop, Cropped

PLAIN = Settings(blend=False, harmonize=False)


class Greedy:
    """A blending network that finds everything to be the person, in a color of its own."""

    stride, halo, inputs = 8, 8, ("source", "alpha", "foreground")

    def answer(self, **pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.ones_like(pictures["alpha"]), np.ones_like(pictures["foreground"])


def noisy(size: tuple[int, int], seed: int, kind: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (*size, 3), kind, endpoint=True)


def ragged(size: tuple[int, int]) -> np.ndarray:
    """A person with a soft edge, and right beside it pixels that are wholly transparent: a comb of single columns."""
    down, across = np.mgrid[: size[0], : size[1]]
    away = np.hypot((down - size[0] * 0.6) / (size[0] * 0.5), (across - size[1] / 2) / (size[1] * 0.3))
    alpha = np.clip((1 - away) * 8, 0, 1).astype(np.float32)
    alpha[(alpha < 0.9) & (across % 3 == 0)] = 0
    few = max(1, max(size) // 240)  # too few to be taken for what the border cropped
    alpha[:few, :few] = alpha[-few:, -few:] = 1  # reaching to every side: laid on a plate of the same size pixel upon pixel
    return alpha


@pytest.mark.parametrize("size", [(240, 200), (720, 700), (724, 700), (1500, 1300)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_where_alpha_was_zero_the_plates_bytes_stay_whatever_the_network_says_at_every_size(size, kind):
    """Above 720 pixels the network looks at a smaller picture, and what it adds there is enlarged over such pixels."""
    alpha, plate = ragged(size), noisy(size, 2, kind)
    person = Cutout(Image(noisy(size, 1)), alpha)
    compositor = Compositor(blender=Greedy())
    clean = compositor.clean(person)
    assert (clean.alpha[alpha == 0] == 0).all()
    assert (clean.alpha != alpha).any()  # elsewhere it was listened to
    done = compositor.compose(person, Plate(Image(plate)), settings=Settings(harmonize=False))
    assert (done.box.top, done.box.left, done.box.height, done.box.width) == (0, 0, *size)
    assert (done.image.pixels[alpha == 0] == plate[alpha == 0]).all()


@pytest.mark.parametrize("size", [(240, 200), (1500, 1300)])
def test_cleaning_a_clean_cutout_is_nothing_whatever_the_network_says(size):
    person = Cutout(Image(noisy(size, 1)), ragged(size), clean=True)
    plate = Plate(Image(noisy(size, 2)))
    compositor = Compositor(blender=Greedy())
    assert compositor.clean(person) is person
    on, off = (compositor.compose(person, plate, settings=Settings(blend=each, harmonize=False)) for each in (True, False))
    assert (on.image.pixels == off.image.pixels).all()


# ---- films: nothing of one shot is left in the next ------------------------------------------------------------------


class Echo:
    """A harmonizer whose answer tells composite and plate apart: both their mean colors are in it."""

    side = 64

    def cues(self, plate: np.ndarray, /) -> Cues:
        return Cues(plate.mean((0, 1)).astype(np.float32))

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues, /) -> Transform:
        grid = np.eye(3, 4, dtype=np.float32) / 2
        grid[:, 3] = 0.3 * cues.values + 0.2 * composite.mean((0, 1))
        return Transform(grid[None, None])


def shot(portrait: Path, ground: tuple[int, int, int], left: int, frames: int) -> list[np.ndarray]:
    photo = np.asarray(pillow.open(portrait).convert("RGB").resize((224, 224)))
    made = []
    for index in range(frames):
        picture = np.full((256, 320, 3), ground, np.uint8)
        picture[32:, left + 2 * index : left + 2 * index + 224] = photo
        made.append(picture)
    return made


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_two_shots_in_one_film_are_composed_as_each_alone(portrait, quality):
    first, second = shot(portrait, (200, 60, 30), 4, 7), shot(portrait, (20, 60, 190), 40, 7)
    told = {"plate": Image(noisy((256, 320), 3)), "quality": quality}
    together = list(Compositor(harmonizer=Echo()).compose_frames(first + second, **told))
    alone = [list(Compositor(harmonizer=Echo()).compose_frames(each, **told)) for each in (first, second)]
    for found, wanted in zip(together, alone[0] + alone[1], strict=True):
        assert (found == wanted).all()


@pytest.mark.parametrize("quality", ["fast", "balanced"])
def test_a_cut_of_the_plate_begins_its_colors_anew(quality):
    size = 96, 128
    person = Cutout(Image(np.full((*size, 3), (90, 120, 150), np.uint8)), ragged(size), clean=True)
    shots = [np.full((*size, 3), color, np.uint8) for color in ((210, 40, 20), (20, 90, 220))]
    films = [[each] * 6 for each in shots]
    together = list(Compositor(harmonizer=Echo()).compose_frames(person, films[0] + films[1], quality=quality))
    alone = [list(Compositor(harmonizer=Echo()).compose_frames(person, each, quality=quality)) for each in films]
    assert (together[0] != together[-1]).any()
    for found, wanted in zip(together, alone[0] + alone[1], strict=True):
        assert (found == wanted).all()


# ---- files of films --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead", ["person", "plate"])
def test_a_lead_of_ten_bits_deepens_the_other_side(stand_ins, tmp_path, portrait, lead):
    """Nothing of the deep plate is given away, and nothing of a shallow one: its 8 bits are the same shares of white in 16."""
    av = pytest.importorskip("av")
    size, path, out = (96, 96), tmp_path / "lead.mkv", tmp_path / "out.mkv"
    photo = np.asarray(pillow.open(portrait).convert("RGB").resize(size))
    deep = noisy(size, 5, np.uint16) if lead == "plate" else photo.astype(np.uint16) * 257
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=25, options={"level": "3"})
        stream.height, stream.width, stream.pix_fmt = *size, "rgb48le"
        for index in range(2):
            frame = av.VideoFrame.from_ndarray(deep, format="rgb48le")
            frame.pts = index
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    alpha = ragged(size)
    options = cleanplate.VideoOptions(codec="ffv1", quality="fast")
    shallow = noisy(size, 6)
    if lead == "person":
        cleanplate.compose_video(path, shallow, out, settings=PLAIN, options=options)
    else:
        there = Cropped(bottom=Crop(0, 0, 1))  # so that the comb's last row is not taken for fading and sunk below the plate
        person = Cutout(Image(shallow), alpha, clean=True, cropped=there)
        cleanplate.compose_video(person, path, out, settings=PLAIN, options=options)
    with av.open(str(out)) as file:
        found = [frame.to_ndarray(format="rgb48le") for frame in file.decode(video=0)]
        assert file.streams.video[0].pix_fmt.startswith(("rgb48", "gbrp16"))
    wanted = deep if lead == "plate" else shallow.astype(np.uint16) * 257
    nobody = np.all([each == wanted for each in found], (0, -1))
    assert nobody.mean() > 0.1  # at least around the person, exactly
    if lead == "plate":
        assert nobody[alpha == 0].all()
        assert (found[0][alpha == 1] == shallow[alpha == 1].astype(np.uint16) * 257).all()


def test_damage_before_the_start_does_not_matter(tmp_path):
    """A key frame in every five: what lies before the last of them ahead of the start is never decoded."""
    av = pytest.importorskip("av")
    from clips import clip, pictures

    times = [512 * index for index in range(100)]
    path = clip(tmp_path / "a.mp4", times, shapes=4 * pictures(25), options={"bf": "0", "g": "5", "keyint_min": "5"})
    with cleanplate.open_video(path, start=3.0) as reader:
        wanted = [frame.pixels for frame in reader]
    with av.open(str(path)) as file:
        victim = [packet for packet in file.demux(video=0) if packet.size][7]
    data = bytearray(path.read_bytes())
    data[victim.pos + 4 : victim.pos + victim.size] = b"\xff" * (victim.size - 4)
    path.write_bytes(data)
    with pytest.raises(cleanplate.VideoError), cleanplate.open_video(path) as reader:
        list(reader)
    with cleanplate.open_video(path, start=3.0) as reader:
        found = [frame.pixels for frame in reader]
    assert len(found) == 25
    assert all((one == other).all() for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_title_that_is_no_utf_8_does_not_stop_a_film(tmp_path, suffix):
    """PyAV 18 has to be told so, 19 may not be."""
    pytest.importorskip("av")
    from clips import clip

    path = clip(tmp_path / f"a{suffix}", titles={"title": "QQQQ"})
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfe\xe9\xfa"))
    with cleanplate.open_video(path) as reader:
        assert len(list(reader)) == 30


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "h264"), (".mp4", "hevc"), (".mp4", "av1"), (".webm", "vp9"), (".webm", "av1"), (".mov", "prores"), (".mkv", "ffv1")],
)
def test_a_film_of_one_frame_is_one_frame_in_every_codec(tmp_path, suffix, codec):
    pytest.importorskip("av")
    from cleanplate.video.videos import Encoding, create_video

    picture = np.full((48, 64, 3), (200, 90, 60), np.uint8)
    with create_video(tmp_path / f"a{suffix}", Encoding((48, 64), rate=25, codec=codec)) as writer:
        writer.write(picture, 0, duration=1)
    with cleanplate.open_video(tmp_path / f"a{suffix}") as reader:
        (frame,) = reader
    assert frame.pts == 0
    deep = frame.pixels.dtype == np.uint16
    assert np.abs(frame.pixels.mean((0, 1)) / (257 if deep else 1) - picture[0, 0]).max() < 3


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_twelve_bits_become_sixteen_with_black_and_white_where_they_were():
    """A TIFF of 12-bit grey, two samples in three bytes (TIFF 6.0): every sample is its own share of white."""
    samples = np.array([0, 1, 17, 255, 256, 2047, 2048, 4000, 4094, 4095])
    packed = b"".join(((int(a) << 12) | int(b)).to_bytes(3, "big") for a, b in samples.reshape(-1, 2))
    tags = [(256, 3, len(samples)), (257, 3, 1), (258, 3, 12), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 3, 1),
            (279, 4, len(packed))]  # fmt: skip
    ifd = 8 + len(packed) + len(packed) % 2
    head = b"II*\0" + struct.pack("<I", ifd) + packed.ljust(ifd - 8, b"\0")
    values = (struct.pack("<I", value) for _, _, value in tags)
    entries = b"".join(struct.pack("<HHI", tag, kind, 1) + value for (tag, kind, _), value in zip(tags, values, strict=True))
    found = cleanplate.read_image(head + struct.pack("<H", len(tags)) + entries + bytes(4)).pixels
    assert found.dtype == np.uint16
    assert (found[0, :, 0][[0, -1]] == (0, 65535)).all()
    assert np.abs(found[0, :, 0] - samples * 65535 / 4095).max() <= 1


@pytest.mark.parametrize("size", [(96, 96), (130, 75)])
def test_colors_under_a_soft_edge_are_pymattings(size):
    """Its multi-level estimation shrinks by nearest pixels where ours does by area: alike, and no further from the truth."""
    theirs = pytest.importorskip("pymatting")
    rows, columns = np.mgrid[: size[0], : size[1]]
    alpha = np.clip((min(size) * 0.35 - np.hypot(rows - size[0] / 2, columns - size[1] / 2)) / 10 + 0.5, 0, 1)
    coarse = (noisy((4, 4), seed) / 255 for seed in (8, 9))
    front, back = (cv2.resize(each, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1) for each in coarse)
    picture = alpha[..., None] * front + (1 - alpha[..., None]) * back
    wanted = theirs.estimate_foreground_ml(picture, alpha, return_background=True)
    found = edge_colors.estimate_colors(picture.astype(np.float32), alpha.astype(np.float32))
    for ours, other, cover, true in zip(found, wanted, (alpha, 1 - alpha), (front, back), strict=True):
        seen = cover > 0.1
        assert np.abs(ours - other)[seen].mean() < 0.015
        assert np.abs(ours - true)[seen].mean() < 1.1 * np.abs(other - true)[seen].mean() + 0.002


def test_a_placement_of_the_whole_frame_changes_no_pixel():
    size = (90, 120)
    person = Cutout(Image(noisy(size, 1)), np.ones(size, np.float32), clean=True)
    placed, box = framing.place(person, size, Placement())
    assert (box.top, box.left, box.height, box.width) == (0, 0, *size)
    assert (placed.image.pixels == person.image.pixels).all()
    assert Fraction(box.width, box.height) == Fraction(4, 3)
