"""One finishing step off and on, to be judged blind at 1:1.

    python benchmarks/finishing_pairs.py DATA OUT_FOLDER --step STEP [--count 24] [--shuffle SEED]

STEP is ``height`` (whole bodies on plates whose horizon is only guessed: as in their photo, or by that guess), ``stand``
(whole bodies on plates with ground: cut and paste beside the default), ``shadow`` (the same people, the default
without and with it), ``near`` (the same, the harmonizer looking at the whole plate, and from near, see
``stages.closeup``), ``aperture`` (the plate sharp, and as a lens that is open by ``LENS`` shows it), ``wrap``, ``grain``
(on plates with a camera's noise drawn onto them) or ``clean_hair`` (of a head, on a bright and a dark plate). People are
never trained on. Writes sheets of four pairs and key.json, which says what is in which column: with --shuffle in another
order in every row.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import cv2
import numpy as np

import cleanplate
from benchmarks import natural_pairs
from cleanplate.compositor import Compositor
from cleanplate.pixels.color import to_float, to_linear, to_srgb, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.stages import closeup, framing
from cleanplate.training.readers import datasets

SIDE, SMALL = 360, (480, 720)  # pixels of a crop; of a plate on which somebody stands
LENS = 6.0  # millimeters: twice a phone's, half a portrait lens's
GROUND = (  # names in backgrounds/, on which somebody may stand
    "cid22__training__1459534", "cid22__training__225284", "deepphoto__input__in53", "deepphoto__style__tar28",
    "deepphoto__style__tar34", "deepphoto__style__tar32", "pexels_interior__pexels-36236147", "sunhays80__img_041_SRF_8_HR",
    "sunhays80__img_047_SRF_8_HR", "urban100__img_077_SRF_4_HR", "urban100__img_079_SRF_4_HR",
    "wallpapers__jared-evans-119758", "deepphoto__input__in59", "deepphoto__input__in46", "deepphoto__style__tar57",
    "osie__1010", "osie__1507", "osie__1314", "sunhays80__img_005_SRF_8_HR", "sunhays80__img_007_SRF_8_HR",
    "sunhays80__img_029_SRF_8_HR", "sunhays80__img_035_SRF_8_HR", "wallpapers__kait-herzog-8242", "deepphoto__input__in35",
)  # fmt: skip
GUESSED = (  # where neither edges nor a level line tell the horizon plainly
    "cid22__training__208560", "cid22__training__2866385", "cid22__training__631317", "cid22__training__pexels-photo-1029599",
    "cid22__training__pexels-photo-635405", "cid22__validation__2936831", "clic__validation__c80999cd5533e448167cd9b3ccfa2a37",
    "deepphoto__input__in43", "deepphoto__input__in47", "deepphoto__input__in58", "deepphoto__style__tar60", "kodak__1",
    "osie__1010", "osie__1079", "osie__1214", "sunhays80__img_005_SRF_8_HR", "sunhays80__img_013_SRF_8_HR",
    "sunhays80__img_029_SRF_8_HR", "sunhays80__img_040_SRF_8_HR", "sunhays80__img_053_SRF_8_HR", "sunhays80__img_079_SRF_8_HR",
    "urban100__img_020_SRF_4_HR", "urban100__img_088_SRF_4_HR", "wallpapers__tea-gardens",
)  # fmt: skip
STANDING = {"stand": GROUND, "shadow": GROUND, "near": GROUND, "height": GUESSED}  # steps of whole bodies, and their plates
OPEN, PHOTONS = 0.002, 0.0006  # variance of a camera's noise in linear light: of its read-out, and of light itself per unit of it
BRIGHT, DARK = 235, 22  # of the plates on which hair is judged


def noisy(plate: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A plate as a sensitive camera takes it: noise of light and of reading out, a little wider than a pixel by demosaicing."""
    light = to_linear(to_float(plate))
    drawn = cv2.GaussianBlur(rng.normal(0, 1, plate.shape).astype(np.float32), (0, 0), float(rng.uniform(0.4, 0.9)))
    drawn /= drawn.std()
    strength = float(rng.uniform(0.5, 1.5))
    return to_uint8(np.clip(to_srgb(np.clip(light + strength * np.sqrt(OPEN**2 + PHOTONS * light) * drawn, 0, 1)), 0, 1))


def around(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """A square at 1:1 around the head."""
    box = framing.extent(alpha, framing.SEEN)
    rows, columns = min(SIDE, alpha.shape[0]), min(SIDE, alpha.shape[1])
    weight = alpha[box.top : box.top + rows // 2].sum(0) + 1e-6
    left = int(np.clip(np.average(np.arange(alpha.shape[1]), weights=weight) - columns / 2, 0, alpha.shape[1] - columns))
    top = int(np.clip(box.top - 20, 0, alpha.shape[0] - rows))
    return np.pad(picture[top : top + rows, left : left + columns], ((0, SIDE - rows), (0, SIDE - columns), (0, 0)))


def heads(pictures: list[cleanplate.Composite]) -> list[np.ndarray]:
    alpha = np.zeros(pictures[0].image.size, np.float32)
    alpha[pictures[0].box.slices] = pictures[0].alpha
    return [around(each.image.pixels, alpha) for each in pictures]


def pair(step: str, cutout: cleanplate.Cutout, plate: cleanplate.Image, compositor: Compositor, seed: int) -> list[np.ndarray]:
    """The picture without the step, and with it."""
    if step in STANDING:
        ground = cleanplate.Plate(framing.crop_to_fill(plate, SMALL))
        if step == "height":
            ways = cleanplate.Placement(fit="keep"), cleanplate.Placement()
            return [compositor.compose(cutout, ground, each).image.pixels for each in ways]
        if step == "near":
            near = compositor.compose(cutout, ground)
            with mock.patch.object(closeup, "around", return_value=closeup.WHOLE):
                far = compositor.compose(cutout, ground)
            height, width = ground.image.size
            box = closeup.around(near.box, (height, width)).box((height, width))
            return [resize(each.image.pixels[box.slices], SMALL) for each in (far, near)]
        off = cleanplate.Settings(shadow=0, harmonize=step == "shadow", blend=step == "shadow")
        return [compositor.compose(cutout, ground, settings=each).image.pixels for each in (off, cleanplate.Settings())]
    if step == "aperture":
        shown = cleanplate.Plate(framing.crop_to_fill(plate, SMALL))
        ways = cleanplate.Settings(), cleanplate.Settings(aperture=LENS)
        return [compositor.compose(cutout, shown, settings=each).image.pixels for each in ways]
    if step == "clean_hair":
        ways = [cleanplate.Settings(harmonize=False), cleanplate.Settings(harmonize=False, clean_hair=1)]
        plain = [cleanplate.Plate(cleanplate.Image(np.full((720, 720, 3), level, np.uint8))) for level in (BRIGHT, DARK)]
        shown = [heads([compositor.compose(cutout, each, settings=way) for way in ways]) for each in plain]
        return [np.concatenate(each, 1) for each in zip(*shown, strict=True)]
    image = framing.crop_to_fill(plate, (720, 720))
    image = replace(image, pixels=noisy(image.pixels, np.random.default_rng(seed))) if step == "grain" else image
    ways = [cleanplate.Settings(), cleanplate.Settings(**{step: 1 if step == "grain" else 0.5})]
    return heads([compositor.compose(cutout, cleanplate.Plate(image), settings=each) for each in ways])


def places(data: Path, step: str) -> list[Path]:
    if step in STANDING:
        found = {each.stem: each for each in (data / "backgrounds").glob("*")}
        return [found[name] for name in STANDING[step] if name in found]
    return [path for _, path in natural_pairs.plates(data)]


def somebody(data: Path, step: str) -> Iterator[datasets.Photo]:
    """People never trained on; who stands for the steps that are about standing."""
    people = natural_pairs.people(data)
    yield from (each for each in people if each.name.startswith("fullbody_ccp") == (step in STANDING))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--step", choices=(*STANDING, "aperture", "wrap", "grain", "clean_hair"), required=True)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--shuffle", type=int)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    compositor, somewhere, rows, key = Compositor(), places(given.data, given.step), [], []
    rng = np.random.default_rng(given.shuffle)
    for photo in somebody(given.data, given.step):
        place = somewhere[len(rows) % len(somewhere)]
        try:
            cutout = compositor.cutout(cleanplate.read_image(photo.image))
        except cleanplate.NoPersonError:
            continue
        pictures = pair(given.step, cutout, cleanplate.read_image(place), compositor, len(rows))
        turned = given.shuffle is not None and rng.random() < 0.5
        key.append({"pair": len(rows), "photo": photo.name, "plate": place.stem, "with": 0 if turned else 1})
        row = np.ascontiguousarray(np.concatenate(pictures[::-1] if turned else pictures, 1))
        cv2.putText(row, str(len(rows)), (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1, cv2.LINE_AA)
        rows.append(row)
        if len(rows) == given.count:
            break
    natural_pairs.write_sheets(rows, key, given.out)


if __name__ == "__main__":
    main()
