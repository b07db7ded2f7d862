"""What a worker does: one method for each kind of message, files in, a file or bytes out. Here pictures are decoded."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cleanplate.compositor import Compositor
from cleanplate.files import photos
from cleanplate.files.encoding import Form
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.plates import Plate
from cleanplate.recipes import Recipe, from_fields
from cleanplate.serve import keeping, making, painted
from cleanplate.serve.previewing import Previews, cutout_png
from cleanplate.serve.removing import Asked, removed
from cleanplate.serve.wire import Message
from cleanplate.values import Cutout, Image, Size

Answer = tuple[dict[str, Any], bytes]
NAMES = {
    "person": "The person", "plate": "The plate", "alpha": "The matte", "keep_mask": "The area to keep",
    "drop_mask": "The area to drop", "composite": "The composite", "mask": "The mask", "image_file": "The picture",
    "bg_image_file": "The background", "look": "The look",
}  # fmt: skip
MASKS = ("alpha", "keep_mask", "drop_mask")


class Named(io.FileIO):
    """A file that is spoken of by what it is, since its own name is the server's."""

    def __init__(self, path: str, said: str) -> None:
        super().__init__(path)
        self.name = said


class Workshop:
    """One worker's networks, and what it remembers of the pictures that it has seen."""

    def __init__(self, device: str, pixels: int) -> None:
        self.device, self.pixels = device, pixels
        self.made: dict[str, Compositor] = {}
        self.previews = Previews(self.compositor, self.shown_person, self.shown_plate)

    def compositor(self, weights: str) -> Compositor:
        if weights not in self.made:
            self.made[weights] = Compositor(device=self.device, weights=weights)  # type: ignore[arg-type]
        return self.made[weights]

    # ---- files in --------------------------------------------------------------------------------------------------

    def picture(self, files: Mapping[str, str], name: str, space: str = "keep") -> Image:
        """One of the message's files; see ``photos.read_image``."""
        with Named(files[name], NAMES[name]) as file:
            return photos.read_image(file, pixel_limit=self.pixels, space=space)

    def alphas(self, files: Mapping[str, str], *names: str) -> dict[str, FloatArray]:
        """Those of the files that are mattes."""
        found = {}
        for name in names:
            if name in files:
                with Named(files[name], NAMES[name]) as file:
                    found[name] = photos.read_alpha(file, pixel_limit=self.pixels)
        return found

    def person(self, files: Mapping[str, str], recipe: Recipe) -> Cutout:
        """The message's person, found in their photo or kept."""
        if "kept_person" in files:
            return self.kept_person(files["kept_person"])
        photo, masks = self.picture(files, "person"), self.alphas(files, *MASKS)
        return self.compositor(recipe.weights).cutout(photo, **masks, keep=recipe.settings.keep)

    def kept_person(self, folder: str) -> Cutout:
        """Somebody kept, as they were when they came."""
        photo = self.picture({"person": f"{folder}/source"}, "person")
        return Cutout(photo, np.load(f"{folder}/alpha.npy", allow_pickle=False), **keeping.facts_of(folder))

    def shown_person(self, folder: str) -> Cutout:
        """The same in the colors of previews."""
        return keeping.in_srgb(self.kept_person(folder))

    def shown_plate(self, folder: str) -> Plate:
        """A plate kept, likewise."""
        return self.plate({"kept_plate": folder}, space="srgb")

    def plate(self, files: Mapping[str, str], size: Size | None = None, space: str = "keep") -> Plate:
        """The message's plate, sent or kept, cut to a size."""
        kept = files.get("kept_plate")
        found = Plate(self.picture(files if kept is None else {"plate": f"{kept}/source"}, "plate", space))
        return found if size is None else found.filling(size)

    # ---- pictures out ----------------------------------------------------------------------------------------------

    def do_compose(self, message: Message) -> Answer:
        """People in a plate: the picture, its layers or a part of it in the file ``out``."""
        return making.compose(self, message), b""

    def do_harmonize(self, message: Message) -> Answer:
        """An existing composite in other colors."""
        files, recipe = message["files"], from_fields(message["recipe"])
        mask = self.alphas(files, "mask")["mask"]
        plate = self.plate(files) if "plate" in files else None
        found = self.compositor(recipe.weights).harmonize(self.picture(files, "composite"), mask, plate, recipe.settings)
        making.write_picture([found], message)
        return {"width": found.image.size[1], "height": found.image.size[0], "warnings": list(found.warnings)}, b""

    def do_matte(self, message: Message) -> Answer:
        """Where the person is, as grey."""
        cutout = self.person(message["files"], from_fields(message["recipe"]))
        photos.write_alpha(cutout.alpha, message["out"], format=message["format"], quality=message["form"]["quality"])
        return {"width": cutout.size[1], "height": cutout.size[0], "warnings": list(cutout.warnings)}, b""

    def do_remove(self, message: Message) -> Answer:
        """A person cut out, in the words of the services that remove backgrounds."""
        files, asked = message["files"], Asked(**message["asked"])
        behind = Plate(self.picture(files, "bg_image_file", "srgb")) if "bg_image_file" in files else None
        return removed(self.compositor("fast"), self.picture(files, "image_file", "srgb"), behind, asked)

    # ---- what is kept, and previews --------------------------------------------------------------------------------

    def do_keep_person(self, message: Message) -> Answer:
        """Find the person of a photo that lies in ``folder`` and write what was found beside it."""
        folder = message["folder"]
        cutout = self.person(message["files"] | {"person": f"{folder}/source"}, from_fields(message["recipe"]))
        found = "alpha" not in message["files"] and not cutout.clean
        return keeping.keep_person(folder, cutout) | {"found": found}, b""

    def do_keep_plate(self, message: Message) -> Answer:
        folder = message["folder"]
        return keeping.keep_plate(folder, self.shown_plate(folder)), b""

    def do_cutout_preview(self, message: Message) -> Answer:
        """Somebody kept, their edge clean."""
        figure = self.previews.figure(message["folder"], keeping.SIDE)
        ready, _ = self.previews.ready(figure, from_fields({}))
        return {}, cutout_png(ready.cutout, message["side"])

    def do_plate_preview(self, message: Message) -> Answer:
        plate = self.previews.plate(message["folder"], from_fields({}), message["side"])
        return {}, photos.encoded(plate.image, "JPEG", "The preview", Form(90))

    def do_paint_person(self, message: Message) -> Answer:
        """Somebody kept, once more with strokes in their matte, or mirrored."""
        return painted.paint_person(self, message), b""

    def do_photo_preview(self, message: Message) -> Answer:
        return {}, painted.photo_preview(self, message)

    def do_preview(self, message: Message) -> Answer:
        return self.previews.answer(message)

    def do_health(self, message: Message) -> Answer:
        """A whole small job: a drawn disc in a drawn plate, 64 x 64."""
        down, across = np.mgrid[0:64, 0:64].astype(np.float32)
        plate = to_uint8(np.asarray(np.dstack([down, across, 63 - across]) / 63, np.float32))
        alpha = np.clip(20 - np.hypot(down - 32, across - 32), 0, 1).astype(np.float32)
        person = Cutout(Image(np.full((64, 64, 3), 128, np.uint8)), alpha)
        found = self.compositor("fast").compose(person, Plate(Image(plate)))
        return {"width": found.image.size[1], "changed": int(np.count_nonzero(found.image.pixels != plate))}, b""

    # ---- films: their rooms load where one is sent, since every worker would wait for them when it starts ---------------

    def do_look_at_film(self, message: Message) -> Answer:
        from cleanplate.serve import filmed

        return filmed.look_at_film(message), b""

    def do_keep_still(self, message: Message) -> Answer:
        """A frame of a film, kept as a photo would be."""
        from cleanplate.serve import filmed

        return filmed.keep_still(message, self.do_keep_person if message["as"] == "person" else self.do_keep_plate)

    def do_film(self, message: Message) -> Iterator[tuple[str, dict[str, Any]]]:
        """A film in the file ``out``: how far it is on the way, and how many frames there are at the end."""
        from cleanplate.serve import filmed

        return filmed.render(self, message, NAMES)
