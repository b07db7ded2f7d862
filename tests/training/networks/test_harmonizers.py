import numpy as np
import pytest

torch = pytest.importorskip("torch")

import json  # noqa: E402

from tensors import lively, random  # noqa: E402

from cleanplate.training.networks import gamut, gates, harmonizers, light, losses  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def harmonizer() -> harmonizers.FastHarmonizer:
    torch.manual_seed(0)
    return lively(harmonizers.FastHarmonizer())


def test_the_identity_grid_changes_no_color() -> None:
    picture = random(13, 2, 3, 32, 48)
    grid = torch.eye(3, 4).reshape(1, 12, 1, 1).expand(2, 12, 2, 3)
    torch.testing.assert_close(harmonizers.apply_grid(picture, grid), picture, atol=1e-6, rtol=0)


def test_a_grid_of_one_map_is_that_map_in_every_pixel() -> None:
    picture, matrix = random(14, 1, 3, 16, 16), random(15, 3, 4)
    found = harmonizers.apply_grid(picture, matrix.reshape(1, 12, 1, 1).expand(1, 12, 4, 4))
    wanted = torch.einsum("ij,bjhw->bihw", matrix[:, :3], picture) + matrix[:, 3].reshape(1, 3, 1, 1)
    torch.testing.assert_close(found, wanted)


def test_torch_and_the_runtime_apply_the_same_grid_the_same_way() -> None:
    from cleanplate.transforms import applying
    from cleanplate.transforms.forms import Transform
    from cleanplate.values import Box

    picture, grid = random(16, 1, 3, 64, 96), torch.eye(3, 4).reshape(1, 12, 1, 1) + (random(17, 1, 12, 4, 6) - 0.5) * 0.3
    ours = harmonizers.apply_grid(picture, grid)[0].permute(1, 2, 0).numpy()
    maps = np.ascontiguousarray(grid[0].permute(1, 2, 0).reshape(4, 6, 3, 4).numpy())
    theirs = applying.apply(Transform(maps), np.ascontiguousarray(picture[0].permute(1, 2, 0).numpy()), Box(0, 0, 64, 96), (64, 96))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_cues_split_and_joined_again_are_the_same_vector(harmonizer: harmonizers.FastHarmonizer) -> None:
    with torch.no_grad():
        cues = harmonizer.cues(random(18, 2, 3, 64, 64))
    pieces = harmonizer.cues.split(cues)
    assert [mean.shape[1] for mean, _ in pieces] == list(harmonizer.cues.channels)
    joined = torch.cat([torch.cat(piece, 1) for piece in pieces], 1).flatten(1)
    assert joined.shape[1] == harmonizer.cues.length - harmonizer.cues.extra - 84 - 3  # palette, brightness, dark end lie behind
    assert torch.equal(cues[:, : joined.shape[1]], joined)
    assert all((deviation > 0).all() for _, deviation in pieces)


def test_swapping_a_plates_cues_with_themselves_changes_nothing_and_with_anothers_something(
    harmonizer: harmonizers.FastHarmonizer,
) -> None:
    composite, alpha = random(19, 1, 3, 64, 64), random(20, 1, 1, 64, 64)
    plate, other = random(21, 1, 3, 64, 64), random(22, 1, 3, 64, 64) ** 3
    with torch.no_grad():
        own, again = harmonizer.cues(plate), harmonizer.cues(plate.clone())
        answers = [harmonizer(composite, alpha, cues) for cues in (own, again, harmonizer.cues(other))]
    assert torch.equal(answers[0], answers[1])
    assert not torch.allclose(answers[0], answers[2], atol=1e-4)


def test_cues_do_not_depend_on_what_has_been_composed_nor_on_other_plates(harmonizer: harmonizers.FastHarmonizer) -> None:
    plate, other = random(23, 1, 3, 64, 64), random(24, 1, 3, 64, 64)
    with torch.no_grad():
        before = harmonizer.cues(plate)
        harmonizer(random(25, 1, 3, 64, 64), random(26, 1, 1, 64, 64), before)
        after = harmonizer.cues(torch.cat([plate, other]))[:1]
    torch.testing.assert_close(before, after, atol=1e-6, rtol=1e-5)


def test_cues_of_a_mirrored_plate_of_one_color_are_that_colors_whatever_its_size(harmonizer: harmonizers.FastHarmonizer) -> None:
    flat = torch.tensor([0.2, 0.5, 0.8]).reshape(1, 3, 1, 1)
    with torch.no_grad():
        small, large = harmonizer.cues(flat.expand(1, 3, 32, 32)), harmonizer.cues(flat.expand(1, 3, 256, 256))
    torch.testing.assert_close(small, large, atol=1e-4, rtol=1e-4)  # roots of rounding errors, where nothing deviates


def test_only_the_last_three_decoder_scales_are_gated() -> None:
    with torch.device("meta"):
        for network in (harmonizers.FastHarmonizer(), harmonizers.PaperHarmonizer()):
            gated = [isinstance(each, gates.Gate) for each in network.gates]
            assert gated == [False] * (len(gated) - 3) + [True] * 3
            assert len(gated) == len(network.modulations) == len(network.cues.channels)


def test_the_harmonizer_leaves_the_composite_untouched_where_alpha_is_zero(harmonizer: harmonizers.FastHarmonizer) -> None:
    composite, alpha = random(27, 1, 3, 64, 96), torch.zeros(1, 1, 64, 96)
    with torch.no_grad():
        cues = harmonizer.cues(random(28, 1, 3, 64, 64))
        assert torch.equal(harmonizer(composite, alpha, cues), composite)
        alpha[..., 40:] = 1
        answer = harmonizer(composite, alpha, cues)
    assert torch.equal(answer[..., :40], composite[..., :40])
    assert (answer[..., 40:] - composite[..., 40:]).abs().max() > 0.01


def test_the_harmonizers_curves_and_grid_applied_outside_are_its_answer(harmonizer: harmonizers.FastHarmonizer) -> None:
    composite, alpha = random(29, 1, 3, 64, 96), random(30, 1, 1, 64, 96)
    with torch.no_grad():
        cues = harmonizer.cues(random(31, 1, 3, 64, 64))
        found = harmonizer.transform(composite, alpha, cues)
        answer = harmonizer(composite, alpha, cues)
    assert found.grid.shape == (1, 12, 4, 6)
    curves = light.table(found.light)[0].numpy()
    even = np.linspace(0, 1, light.STEPS)
    toned = np.stack([np.interp(composite[0, channel].numpy(), even, curves[channel]) for channel in range(3)])[None]
    wanted = composite + alpha * (harmonizers.apply_grid(torch.from_numpy(toned).float(), found.grid) - composite)
    torch.testing.assert_close(wanted, answer, atol=4e-3, rtol=0)  # a curve is bent between its steps


def test_where_a_person_comes_from_matters_when_it_is_known_and_not_when_it_is_not(harmonizer: harmonizers.FastHarmonizer) -> None:
    composite, alpha = random(68, 1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    with torch.no_grad():
        cues, one, other = (harmonizer.cues(random(seed, 1, 3, 64, 64) ** power) for seed, power in ((69, 1), (70, 1), (71, 3)))
        known, unknown = torch.ones(1, 1), torch.zeros(1, 1)
        answers = [harmonizer(composite, alpha, cues, harmonizer.came_from(each, known)) for each in (one, other)]
        without = [harmonizer(composite, alpha, cues, harmonizer.came_from(each, unknown)) for each in (one, other)]
        assert torch.equal(without[0], harmonizer(composite, alpha, cues))
    assert torch.equal(without[0], without[1])
    assert not torch.allclose(answers[0], answers[1], atol=1e-4)


def test_a_new_harmonizer_begins_near_doing_nothing() -> None:
    torch.manual_seed(1)
    network = harmonizers.FastHarmonizer()
    composite, alpha = random(32, 1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    with torch.no_grad():
        answer = network(composite, alpha, network.cues(random(33, 1, 3, 64, 64)))
    assert (answer - composite).abs().max() < 0.3


def test_the_papers_harmonizer_answers_in_range_at_its_size() -> None:
    network = harmonizers.PaperHarmonizer(width=4, hidden=4).eval()
    with torch.no_grad():
        cues = network.cues(random(34, 1, 3, 256, 256))
        answer = network(random(35, 1, 3, 256, 256), random(36, 1, 1, 256, 256), cues)
    assert answer.shape == (1, 3, 256, 256)
    assert answer.min() >= 0
    assert answer.max() <= 1


def test_dropout_acts_in_training_only() -> None:
    network = harmonizers.FastHarmonizer(dropout=0.1)
    composite, alpha = random(65, 1, 3, 64, 64), torch.ones(1, 1, 64, 64)
    with torch.no_grad():
        cues = network.cues(composite)
        first, second = network.transform(composite, alpha, cues), network.transform(composite, alpha, cues)
        network.eval()
        sure, again = network.transform(composite, alpha, cues), network.transform(composite, alpha, cues)
    assert not torch.equal(first.grid, second.grid)
    assert torch.equal(sure.grid, again.grid)


def test_the_odds_come_beside_the_transform_and_their_loss_leaves_the_answer_alone() -> None:
    """Of the head's rows only the last learns from it."""
    network = harmonizers.FastHarmonizer((8, 8, 8, 8, 8), 4, parts=3).eval()
    composite, alpha, target = random(66, 2, 3, 64, 64), torch.ones(2, 1, 64, 64), random(67, 2, 3, 64, 64)
    cues = network.look(composite, alpha, target)
    found, odds = network.judged(composite, alpha, cues)
    assert odds.shape == (2,)
    assert torch.equal(found.grid, network.transform(composite, alpha, cues).grid)
    losses.odds_loss(odds, network.changed(composite, alpha, found), composite, target, alpha).backward()
    moved = network.overall[-1].weight.grad.abs().sum(1)
    assert len(moved) == light.NUMBERS + 1
    assert moved[:-1].max() == 0
    assert moved[-1] > 0


SWITCHES = [
    {"cues": "visible"}, {"cues": "none"}, {"normalization": "rain"}, {"gates": "s2am"}, {"gates": "none"}, {"order": "printed"},
    {"modulated": "last3"}, {"modulated": "bottleneck"}, {"mask": "hard"}, {"normalization": "rain", "modulated": "last3"},
]  # fmt: skip


def weights(names: set[str], *graphs: bytes) -> dict[str, "torch.Tensor"]:
    """The parameters in exported graphs, by the names that the harmonizer gives them."""
    import onnx

    state = {}
    for content in graphs:
        for each in onnx.load_from_string(content).graph.initializer:
            candidates = names & {each.name.removeprefix("network."), f"cues.{each.name}"}
            state |= {name: torch.from_numpy(onnx.numpy_helper.to_array(each).copy()) for name in candidates}
    return state


SIZED = {"fast": (lambda **switches: harmonizers.FastHarmonizer(**switches), 64),
         "paper": (lambda **switches: harmonizers.PaperHarmonizer(4, 4, **switches), 256)}  # fmt: skip


@pytest.mark.parametrize("size", ["fast", "paper"])
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "-".join(switches.values()))
def test_every_switch_changes_the_answer_and_every_parameter_learns(size: str, switches: dict[str, str]) -> None:
    build, side = SIZED[size]
    torch.manual_seed(3)
    network = lively(build(**switches))
    composite, alpha, plate = random(50, 2, 3, side, side), random(51, 2, 1, side, side), random(52, 2, 3, side, side) ** 4
    answer = network(composite, alpha, network.look(composite, alpha, plate))
    answer.square().sum().backward()
    without = [name for name, each in network.named_parameters() if each.grad is None or not each.grad.abs().sum()]
    learning = size == "paper" or not [name for name in without if name.startswith(("cues", "modulations", "gates"))]
    assert learning  # so narrow a paper network has units that are always off
    torch.manual_seed(3)
    plain = lively(build())
    with torch.no_grad():
        assert not torch.allclose(plain(composite, alpha, plain.look(composite, alpha, plate)), answer, atol=1e-4)


def test_the_shipped_weights_are_those_of_the_network_without_switches() -> None:
    """By name and shape, at the sizes that they were trained in, and torch answers with them what the shipped graphs answer."""
    pytest.importorskip("onnx")
    from cleanplate.models import graphs as models_graphs
    from cleanplate.training.run.config import from_table

    trained = json.loads(models_graphs.graph("harmonize-fast").metadata["training"])
    sizes = from_table({"network": trained.get("network", {})}).network
    assert not {name for switches in SWITCHES for name in switches} & set(sizes)
    network = harmonizers.FastHarmonizer(**sizes)
    shipped = ("harmonize-fast", "harmonize-fast-cues")
    network.load_state_dict(weights(set(network.state_dict()), *(models_graphs.read_weights(f"{name}.onnx") for name in shipped)))
    composite, alpha, plate = random(53, 1, 3, 64, 64), random(54, 1, 1, 64, 64), random(55, 1, 3, 64, 64) ** 2
    with torch.no_grad():
        cues = network.eval().look(composite, alpha, plate)
        origin = network.cues(plate.flip(2) ** 2)
        answer, odds = network.judged(composite, alpha, cues, origin)
        answer = network.settled(answer, composite, alpha, cues, gamut.place(plate))
    cues, origin = (torch.cat([each, gamut.place(plate)], 1) for each in (cues, origin))
    known = np.ones((1, 1), np.float32)
    found = models_graphs.graph("harmonize-fast").run(
        composite=composite.numpy(), alpha=alpha.numpy(), cues=cues.numpy(), origin=origin.numpy(), known=known
    )
    np.testing.assert_allclose(models_graphs.graph("harmonize-fast-cues").run(plate=plate.numpy())["cues"], cues, atol=1e-4)
    np.testing.assert_allclose(found["harmonized"], network.changed(composite, alpha, answer), atol=1e-4)
    np.testing.assert_allclose(found["transform"], answer.grid, atol=1e-4)
    np.testing.assert_allclose(found["tone"], light.table(answer.light), atol=1e-4)
    np.testing.assert_allclose(found["confidence"], torch.sigmoid(odds), atol=1e-4)


def test_complete_cues_come_from_the_plate_alone_and_visible_ones_from_what_the_foreground_leaves() -> None:
    composite, plate, alpha = random(56, 1, 3, 64, 64), random(57, 1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    alpha[..., 32:] = 1
    changed = composite.clone()
    changed[..., 48:] = 0.1  # far enough inside that no convolution of S or of the palette carries it out
    complete, visible = harmonizers.FastHarmonizer(), harmonizers.FastHarmonizer(cues="visible")
    with torch.no_grad():
        assert torch.equal(complete.look(composite, alpha, plate), complete.look(changed, alpha, plate))
        assert torch.equal(complete.look(composite, alpha, plate), complete.cues(plate))
        seen = visible.look(composite, alpha, plate)
        assert torch.equal(seen, visible.look(composite, alpha, plate * 0))
        torch.testing.assert_close(seen, visible.look(changed, alpha, plate))
        changed[..., :20] = 0.1
        assert not torch.allclose(seen, visible.look(changed, alpha, plate), atol=1e-3)


def test_without_cues_the_plate_does_not_matter() -> None:
    network = lively(harmonizers.FastHarmonizer(cues="none"))
    composite, alpha = random(58, 1, 3, 64, 64), random(59, 1, 1, 64, 64)
    with torch.no_grad():
        cues = network.look(composite, alpha, random(60, 1, 3, 64, 64))
        assert cues.shape == (1, 0)
        assert torch.equal(network(composite, alpha, cues), network(composite, alpha, torch.zeros(1, 0)))


@pytest.mark.parametrize("size", ["fast", "paper"])
def test_rains_own_statistics_recorded_and_given_back_change_nothing_and_anothers_do(size: str) -> None:
    build, side = SIZED[size]
    torch.manual_seed(4)
    network = lively(build(normalization="rain"))
    composite, other = random(61, 1, 3, side, side), random(62, 1, 3, side, side) ** 3
    alpha = torch.zeros(1, 1, side, side)
    alpha[..., side // 4 :, side // 2 :] = 1
    with torch.no_grad():
        own = network(composite, alpha, network.look(composite, alpha, other))
        torch.testing.assert_close(network(composite, alpha, network.record(composite, alpha)), own)
        assert not torch.allclose(network(composite, alpha, network.record(other, alpha)), own, atol=1e-4)


def test_an_exposure_is_read_from_what_is_more_person_than_place() -> None:
    network = harmonizers.FastHarmonizer(exposure=True)
    composite, alpha, plate = random(50, 1, 3, 64, 64), random(51, 1, 1, 64, 64), random(52, 1, 3, 64, 64)
    seen: list[torch.Tensor] = []
    assert network.exposure is not None
    network.exposure.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    elsewhere, inside = torch.where(alpha > 0.5, composite, 1 - composite), torch.where(alpha > 0.5, composite / 2, composite)
    with torch.no_grad():
        for each in (composite, elsewhere, inside):
            network.transform(each, alpha, network.cues(plate))
    torch.testing.assert_close(seen[1], seen[0])
    torch.testing.assert_close(seen[2], (seen[0] - 1) / 2)  # all percentiles halved; -1 is black and 1 white
