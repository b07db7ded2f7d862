"""Natural people on natural plates, to be judged blind: cut and paste beside what the weights make of it.

    python benchmarks/natural_pairs.py DATA OUT [--count 48] [--skip 0] [--narrow] [--plain] [--weights NAME=FOLDER ...]
        [--shuffle NUMBER]

People are never trained on; plates are those of ``PLACES`` that DATA holds, a kind at a time, or with --narrow those of all whose
light has the strongest color. Writes sheets of four pairs, in each row photo, then cut and paste and each set of weights (the
shipped ones without --weights); with --shuffle the columns behind the photo are in another order in every row, and key.json says
which. Cut and paste has the same edges, place and shadow, so that only color is judged; with --plain it is what the matte alone
gives, laid over the plate where the photo's frame puts it, and the whole of the picture is judged.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate.compositor import Compositor
from cleanplate.pixels.color import to_float
from cleanplate.pixels.resampling import resize, squash
from cleanplate.stages import framing
from cleanplate.training.measure import candidates
from cleanplate.training.readers import datasets

HEIGHT, ROWS = 300, 4  # pixels of a picture, rows of a sheet
PLAIN = cleanplate.Settings(harmonize=False, blend=False, shadow=0)
FOLDERS = (
    "portraits_pfcn", "portraits_pixabay", "portraits_nigeria", "portraits_ffhq", "fullbody_ccp", "portraits_18f",
    "portraits_ropensci",
)  # fmt: skip
PLACES = {  # names in backgrounds/, none of them trained on
    "sunset": ("dicm_lime__DICM_05", "dicm_lime__DICM_44", "deepphoto__style__tar60", "deepphoto__input__in2"),
    "dusk": ("sunhays80__img_007_SRF_8_HR", "deepphoto__style__tar3", "dicm_lime__DICM_36", "sunhays80__img_077_SRF_8_HR"),
    "night": ("deepphoto__input__in19", "urban100__img_085_SRF_4_HR", "urban100__img_022_SRF_4_HR", "deepphoto__style__tar24"),
    "neon": ("deepphoto__style__tar10", "deepphoto__input__in10", "osie__1134", "sunhays80__img_050_SRF_8_HR"),
    "tungsten": ("osie__1690", "osie__1654", "deepphoto__input__in35", "osie__1471"),
    "snow": tuple(f"sunhays80__img_{number}_SRF_8_HR" for number in ("020", "031", "058", "038")),
    "fog": ("deepphoto__style__tar52", "deepphoto__style__tar55", "deepphoto__input__in55", "deepphoto__input__in58"),
    "forest": ("sunhays80__img_032_SRF_8_HR", "deepphoto__input__in54", "sunhays80__img_008_SRF_8_HR", "deepphoto__style__tar56"),
    "beach": ("dicm_lime__DICM_35", "osie__1225", "osie__1181", "sunhays80__img_023_SRF_8_HR"),
    "overcast": ("urban100__img_094_SRF_4_HR", *(f"sunhays80__img_{number}_SRF_8_HR" for number in ("061", "015", "069"))),
    "colorful": ("deepphoto__input__in43", "deepphoto__style__tar58", "osie__1010", "deepphoto__style__tar57"),
    "indoors": ("osie__1032", "deepphoto__style__tar35", "osie__1254", "osie__1092"),
}  # fmt: skip


def plates(data: Path) -> list[tuple[str, Path]]:
    """(kind, file): the first of each kind, then the second of each."""
    found = {each.stem: each for each in (data / "backgrounds").glob("*")}
    columns = [[(kind, found[name]) for name in names if name in found] for kind, names in PLACES.items()]
    return [column[at] for at in range(4) for column in columns if at < len(column)]


def narrow(data: Path) -> list[tuple[str, Path]]:
    """(name, file) of all plates, those first whose own colors exclude gray most, see ``gamut``."""
    import torch

    from cleanplate.training.networks import gamut

    gray, found = torch.zeros(1, 2, 2), []
    for file in sorted((data / "backgrounds").glob("*")):
        small = squash(to_float(cleanplate.read_image(file).pixels), 64)
        moved = gamut.shift(gamut.place(torch.from_numpy(small.transpose(2, 0, 1).copy())[None]), gray)
        found.append((float(moved.abs().max()), file))
    return [(file.stem[-14:], file) for _, file in sorted(found, key=lambda each: -each[0])]


def people(data: Path) -> list[datasets.Photo]:
    """People never trained on, by turns from each folder."""
    chosen = [each for each in datasets.select(datasets.read_tree(data), "validation") if each.kind in ("portraits", "fullbody")]
    queues = [[each for each in chosen if each.name.startswith(folder)] for folder in FOLDERS]
    rng = np.random.default_rng(1)
    queues = [[queue[int(at)] for at in rng.permutation(len(queue))] for queue in queues if queue]
    return [queue[turn] for turn in range(max(map(len, queues))) for queue in queues if turn < len(queue)]


def shown(pixels: np.ndarray, label: str = "") -> np.ndarray:
    picture = np.ascontiguousarray(resize(pixels, (HEIGHT, round(HEIGHT * pixels.shape[1] / pixels.shape[0]))))
    if label:
        cv2.putText(picture, label, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1, cv2.LINE_AA)
    return picture


def crop(image: cleanplate.Image) -> cleanplate.Image:
    """Four by five at 720 pixels, as portraits are taken."""
    return framing.crop_to_fill(image, (720, 576))


def row(photo: Path, plate: Path, sets: dict[str, Compositor], label: str, plain: bool = False) -> dict[str, np.ndarray]:
    """The pictures of a pair by name."""
    first = next(iter(sets.values()))
    cutout = first.cutout(cleanplate.read_image(photo))
    ground = cleanplate.Plate(crop(cleanplate.read_image(plate)))
    place = cleanplate.Placement(fit="keep" if plain else "auto")
    pasted = first.compose(cutout, ground, place, PLAIN if plain else cleanplate.Settings(harmonize=False))
    pictures = {"photo": shown(cutout.image.pixels, label), "cut and paste": shown(pasted.image.pixels)}
    return pictures | {name: shown(each.compose(cutout, ground).image.pixels) for name, each in sets.items()}


def compositors(weights: list[str]) -> dict[str, Compositor]:
    """What --weights name: NAME=FOLDER, of an exported graph, or NAME= for the shipped ones."""
    named = dict(each.split("=", 1) for each in weights)
    return {name: candidates.compositor(Path(folder)) if folder else Compositor() for name, folder in named.items()}


def write_sheets(rows: list[np.ndarray], key: list[dict[str, object]], out: Path) -> None:
    """Sheets of ``ROWS`` rows under each other, and what is in them."""
    for at in range(0, len(rows), ROWS):
        part = rows[at : at + ROWS]
        wide = max(each.shape[1] for each in part)
        part = [np.pad(each, ((0, 4), (0, wide - each.shape[1]), (0, 0))) for each in part]
        cv2.imwrite(str(out / f"sheet-{at // ROWS:02d}.png"), np.concatenate(part)[..., ::-1])
    (out / "key.json").write_text(json.dumps(key, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=48)
    parser.add_argument("--skip", type=int, default=0, help="people, so that others are judged than before")
    parser.add_argument("--narrow", action="store_true", help="plates whose light has the strongest color instead, each once")
    parser.add_argument("--plain", action="store_true", help="cut and paste by the matte alone, as their photo places them")
    parser.add_argument("--weights", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--shuffle", type=int)
    given = parser.parse_args()
    sets = compositors(given.weights) or {"shipped": Compositor()}
    given.out.mkdir(parents=True, exist_ok=True)
    rng, key, rows = np.random.default_rng(given.shuffle), [], []
    somebody, somewhere = iter(people(given.data)[given.skip :]), (narrow if given.narrow else plates)(given.data)
    while len(rows) < given.count:
        kind, plate = somewhere[len(rows) % len(somewhere)]
        photo = next(somebody)
        try:
            pictures = row(photo.image, plate, sets, f"{len(rows)} {kind}", given.plain)
        except cleanplate.NoPersonError:
            continue
        names = [name for name in pictures if name != "photo"]
        names = [names[int(at)] for at in rng.permutation(len(names))] if given.shuffle is not None else names
        key.append({"pair": len(rows), "kind": kind, "photo": photo.name, "plate": plate.stem, "columns": names})
        rows.append(np.concatenate([pictures["photo"], *(pictures[name] for name in names)], 1))
    write_sheets(rows, key, given.out)


if __name__ == "__main__":
    main()
