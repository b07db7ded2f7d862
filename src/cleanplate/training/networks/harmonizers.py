"""The harmonization networks, in both sizes.

Pictures are (batch, 3, height, width) sRGB-encoded in [0, 1], alphas (batch, 1, height, width) in [0, 1]; height and width are
multiples of the network's ``stride``. Equations are those of Xing et al., *Composite Photograph Harmonization with Complete
Background Cues*, ACM MM 2022; sizes and choices that the paper does not give are explained in ``docs/paper.md``.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cleanplate.training.networks import gamma, gamut, light
from cleanplate.training.networks.cues import cue_counts, mean_color, plate_cues, with_cues
from cleanplate.training.networks.gates import GateKind, attention
from cleanplate.training.networks.layers import both_sides, double_conv, shrink, statistics, upsample
from cleanplate.training.networks.light import Light
from cleanplate.training.networks.normalization import Kind, Mask, Modulated, Order, Rain, Seen, scales
from cleanplate.training.networks.palette import FACTS, TONES, palette, tones


def apply_grid(picture: Tensor, grid: Tensor) -> Tensor:
    """A coarse grid of 3x4 affine maps, (batch, 12, rows, columns), interpolated to the picture and applied to it."""
    maps = F.interpolate(grid.float(), size=picture.shape[2:], mode="bilinear", align_corners=False)
    rows = [(maps[:, 4 * i : 4 * i + 3] * picture).sum(1, keepdim=True) + maps[:, 4 * i + 3 : 4 * i + 4] for i in range(3)]
    return torch.cat(rows, 1)


class Answer(NamedTuple):
    """A color change in the form of light: curves, and a grid of maps behind them, (batch, 12, height / 16, width / 16)."""

    light: Light
    grid: Tensor


class FastHarmonizer(nn.Module):
    """The U-Net of the paper with three gates and Eq. 2 at every decoder scale, small, answering with the color change itself.

    The change is bounded by what light can do (see ``light``). Its numbers come from pooled features, the cues of the plate and of
    the place that the person comes from, and the palettes of foreground and plate (see ``palette``); the last decoder feature,
    averaged over the foreground in 16-pixel cells, lets the gain vary over the frame. From the cues of a place alone it also says
    what color skin would have there (``place``), and its numbers may follow how that differs between the two places.
    """

    stride = 32
    answer = "transform"
    side = 64  # pixels at which it is used: what it was trained at, and where it is best
    cell = 16  # pixels of the input to a cell of the grid

    def __init__(
        self,
        widths: tuple[int, ...] = (16, 32, 64, 96, 128),
        hidden: int = 16,
        order: Order = "adain",
        *,
        cues: Seen = "complete",
        normalization: Kind = "plate",
        gates: GateKind = "dove",
        modulated: Modulated = "all",
        mask: Mask = "soft",
        parts: int = 10,
        exposure: bool = False,  # whether the percentiles of the person's tones are read, see ``palette.tones``
        dropout: float = 0.0,  # it held this network back: more is to be learned than it has learned by heart
    ) -> None:
        super().__init__()
        ups = widths[-2::-1]
        self.seen = cues
        self.encoder = nn.ModuleList(double_conv(a, b, 2) for a, b in zip((4, *widths[:-1]), widths, strict=True))
        modulations = scales(normalization, cues, modulated, ups, order, mask)
        self.cues = plate_cues(modulations, hidden, parts)
        below = (widths[-1], *ups[:-1])
        self.decoder = nn.ModuleList(nn.Conv2d(a + b, b, 3, 1, 1) for a, b in zip(below, ups, strict=True))
        self.modulations = modulations
        self.gates = attention(gates, [a + b for a, b in zip(below, ups, strict=True)])
        self.local = nn.Conv2d(ups[-1], 3, 1)
        self.parts = nn.Conv2d(ups[-1], parts, 1) if parts else None
        known = self.cues.length
        self.unknown = nn.Parameter(torch.zeros(1, known))  # stands for the cues of a place that is not known
        self.origin = nn.Sequential(nn.Linear(known, 64), nn.ReLU()) if known else None
        self.place = nn.Sequential(nn.Linear(known, 96), nn.ReLU(), nn.Linear(96, 3)) if known else None
        pooled = 2 * widths[-1] + 2 * 3 + 2 * 3 + ups[-1] + parts * FACTS + max(known, 2 * sum(cue_counts(modulations)))
        pooled += (64 + 6) if known else 0
        self.exposure = nn.Sequential(nn.Linear(6 * len(TONES), 64), nn.ReLU()) if exposure else None
        pooled += 64 if exposure else 0
        self.overall = nn.Sequential(
            nn.Linear(pooled, 192), nn.ReLU(), nn.Dropout(dropout), nn.Linear(192, 96), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(96, light.NUMBERS + 1),
        )  # fmt: skip
        for last in (self.local, self.overall[-1]):
            nn.init.normal_(last.weight, std=0.01)  # type: ignore[arg-type]
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def look(self, composite: Tensor, alpha: Tensor, plate: Tensor) -> Tensor:
        """The cues that this network takes: of the complete plate, or of what is visible of it in the composite."""
        return self.cues(composite, 1 - alpha) if self.seen == "visible" else self.cues(plate)  # type: ignore[no-any-return]

    def came_from(self, cues: Tensor, known: Tensor) -> Tensor:
        """The cues of the places that persons come from (their photos, the person filled in), where ``known`` (batch, 1) is 1."""
        return self.unknown + known * (cues - self.unknown)

    def decode(self, composite: Tensor, alpha: Tensor, cues: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The feature at the bottom, the decoder's last, and the cues: those given, or RAIN's own where none were."""
        feature = torch.cat([composite, alpha], 1) * 2 - 1
        skips = []
        for stage in self.encoder:
            feature = stage(feature)
            skips.append(feature)
        bottom = skips.pop()
        feature, factor, used = bottom, self.stride, [cues]
        for up, gate, (modulate, cue) in zip(self.decoder, self.gates, with_cues(self.modulations, cues), strict=True):
            factor //= 2
            area = shrink(alpha, factor)
            feature = up(gate(torch.cat([skips.pop(), upsample(feature)], 1), area))
            if cue is None and isinstance(modulate, Rain):
                cue = modulate.background(feature, area)
                used += [each.flatten(1) for each in cue]
            feature = F.relu(modulate(feature, area, cue))
        return bottom, feature, torch.cat(used, 1)

    def record(self, composite: Tensor, alpha: Tensor) -> Tensor:
        """RAIN's statistics of this composite's background as a vector of cues, to be given with another composite."""
        return self.decode(composite, alpha, self.cues(composite))[2]

    def transform(self, composite: Tensor, alpha: Tensor, cues: Tensor, origin: Tensor | None = None) -> Answer:
        """The color change; ``origin`` holds the cues of the place that the person comes from, where that is known."""
        return self.judged(composite, alpha, cues, origin)[0]

    def judged(self, composite: Tensor, alpha: Tensor, cues: Tensor, origin: Tensor | None = None) -> tuple[Answer, Tensor]:
        """The color change, and the logit of its being better than none, (batch,)."""
        bottom, feature, cues = self.decode(composite, alpha, cues)
        factor = self.stride >> len(self.decoder)
        last = shrink(alpha, factor)
        pooled = [
            statistics(bottom, both_sides(shrink(alpha, self.stride)))[0],
            *statistics(composite, both_sides(alpha)),
            statistics(feature, last)[0],
            cues,
            *([] if self.parts is None else [palette(self.parts(feature), shrink(composite, factor), last)]),
        ]
        dark = light.end(composite, 1 - alpha)
        if self.origin is not None and self.place is not None:
            origin = self.unknown.expand_as(cues) if origin is None else origin
            pooled += [self.origin(origin), self.place(cues), self.place(origin)]
            dark = cues[:, -3:, None].float()
        if self.exposure is not None:
            pooled.append(self.exposure(2 * tones(composite, torch.relu(alpha - 0.5)) - 1))
        numbers: Tensor = self.overall(torch.cat([part.flatten(1) for part in pooled], 1)).float()
        cell = self.cell // factor
        area = F.avg_pool2d(last, cell)
        local = F.avg_pool2d(self.local(feature).float() * last, cell) / (area + 0.05)
        found = light.bounded(numbers[:, : light.NUMBERS], composite, alpha, dark)
        return Answer(found, light.grid(found, light.local_gains(local, area))), numbers[:, light.NUMBERS]

    def settled(self, answer: Answer, composite: Tensor, alpha: Tensor, cues: Tensor, place: Tensor) -> Answer:
        """The answer as it is used: nobody outshines the place, see ``gamma``, nor has colors that it lacks.

        Args:
            place: what is known of the colors of the place, see ``gamut.place``.
        """
        everywhere, white = torch.ones_like(alpha), torch.ones_like(answer.light.dark)
        top = light.curve(answer.light, white).amax(1, keepdim=True)
        bright = light.luma(mean_color(cues)[:, :, None])
        factor, exponent = gamma.factor_and_exponent(composite, self.changed(composite, everywhere, answer), alpha, bright, top)
        duller = light.saturation_matrix(1 / exponent)
        grid = (duller @ answer.grid.reshape(len(answer.grid), 3, -1)).reshape(answer.grid.shape)
        found = Answer(answer.light._replace(settled=(factor, exponent)), grid)
        white = (duller @ found.light.matrix @ light.curve(found.light, white))[:, :, 0]
        return Answer(found.light, gamut.within(grid, self.changed(composite, everywhere, found), alpha, place, white))

    @staticmethod
    def changed(composite: Tensor, alpha: Tensor, answer: Answer) -> Tensor:
        """The composite with its foreground's colors moved."""
        toned = light.curve(answer.light, composite.flatten(2)).reshape(composite.shape)
        return composite + alpha * (apply_grid(toned, answer.grid) - composite)

    def forward(self, composite: Tensor, alpha: Tensor, cues: Tensor, origin: Tensor | None = None) -> Tensor:
        return self.changed(composite, alpha, self.transform(composite, alpha, cues, origin))


class PaperHarmonizer(nn.Module):
    """DoveNet's U-Net (8 downs, 64 to 512 channels, three gates) with Eq. 2 at every decoder scale, answering in RGB."""

    stride = 256
    answer = "rgb"
    side = 256

    def __init__(
        self,
        width: int = 64,
        hidden: int = 64,
        order: Order = "adain",
        *,
        cues: Seen = "complete",
        normalization: Kind = "plate",
        gates: GateKind = "dove",
        modulated: Modulated = "all",
        mask: Mask = "soft",
    ) -> None:
        super().__init__()
        self.seen = cues
        downs = [width * factor for factor in (1, 2, 4, 8, 8, 8, 8, 8)]
        ups = tuple(downs[-2::-1])
        self.encoder = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in zip((4, *downs[:-1]), downs, strict=True))
        inputs = [downs[-1]] + [2 * count for count in ups]
        self.decoder = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in zip(inputs, (*ups, 3), strict=True))
        modulations = scales(normalization, cues, modulated, ups, order, mask)
        self.cues = plate_cues(modulations, hidden)
        self.modulations = modulations
        self.gates = attention(gates, [2 * count for count in ups])
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=0.02)

    def look(self, composite: Tensor, alpha: Tensor, plate: Tensor) -> Tensor:
        """The cues that this network takes: of the complete plate, or of what is visible of it in the composite."""
        return self.cues(composite, 1 - alpha) if self.seen == "visible" else self.cues(plate)  # type: ignore[no-any-return]

    def decode(self, composite: Tensor, alpha: Tensor, cues: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's last feature, and the cues: those given, or RAIN's own where none were."""
        feature = torch.cat([composite, alpha], 1) * 2 - 1
        skips: list[Tensor] = []
        for index, down in enumerate(self.encoder):
            feature = down(F.leaky_relu(feature, 0.2) if index else feature)
            if 0 < index < len(self.encoder) - 1:
                feature = F.instance_norm(feature)
            skips.append(feature)
        feature, factor, used = skips.pop(), self.stride, [cues]
        for up, gate, (modulate, cue) in zip(self.decoder, self.gates, with_cues(self.modulations, cues), strict=False):
            factor //= 2
            area = shrink(alpha, factor)
            feature = up(F.relu(feature))
            if cue is None and isinstance(modulate, Rain):
                cue = modulate.background(feature, area)
                used += [each.flatten(1) for each in cue]
            feature = modulate(feature, area, cue)
            feature = gate(torch.cat([skips.pop(), feature], 1), area)
        return feature, torch.cat(used, 1)

    def record(self, composite: Tensor, alpha: Tensor) -> Tensor:
        """RAIN's statistics of this composite's background as a vector of cues, to be given with another composite."""
        return self.decode(composite, alpha, self.cues(composite))[1]

    def forward(self, composite: Tensor, alpha: Tensor, cues: Tensor) -> Tensor:
        feature = self.decode(composite, alpha, cues)[0]
        return (torch.tanh(self.decoder[-1](F.relu(feature)).float()) + 1) / 2
