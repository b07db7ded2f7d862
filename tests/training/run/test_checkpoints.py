import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.networks import harmonizers  # noqa: E402
from cleanplate.training.run.checkpoints import Run, build, keep_average, load_checkpoint  # noqa: E402
from cleanplate.training.run.config import Config  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")
SMALL = {"widths": (4, 4, 8, 8, 8), "hidden": 4}
TINY = Config(steps=6, batch=2, sizes=((0.0, 32),), discriminator_width=2, network=SMALL)


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    return all(torch.equal(each, second.state_dict()[name]) for name, each in first.state_dict().items())


def moved(run: Run, amount: float = 1.0) -> Run:
    with torch.no_grad():
        for each in run.average.parameters():
            each.add_(amount)
    return run


# ---- networks ------------------------------------------------------------------------------------------------------


def test_the_table_of_a_configuration_goes_to_the_networks_constructor() -> None:
    wanted = harmonizers.FastHarmonizer(widths=(4, 4, 8, 8, 8), hidden=4)
    found = build(TINY)
    assert {name: each.shape for name, each in found.state_dict().items()} == {
        name: each.shape for name, each in wanted.state_dict().items()
    }


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"depth": 3}, "sets depth, which the network harmonize fast has not"),
        ({"widths": 5}, r"\[network\] of harmonize fast is .* fails"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(network: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        build(replace(TINY, network=network))
    assert len(str(caught.value).splitlines()) == 1


# ---- files ---------------------------------------------------------------------------------------------------------


def test_a_checkpoint_gives_its_averaged_network_and_its_table_again(tmp_path: Path) -> None:
    run = moved(Run(TINY, CPU))
    run.save(tmp_path / "best.pt")
    network, table = load_checkpoint(tmp_path / "best.pt")
    assert same(network, run.average)
    assert not same(network, run.network)
    assert table["network"] == {"widths": [4, 4, 8, 8, 8], "hidden": 4}


def test_a_checkpoint_with_fewer_or_other_settings_is_still_read(tmp_path: Path) -> None:
    run = Run(replace(TINY, network={}), CPU)
    run.save(tmp_path / "best.pt")
    state = torch.load(tmp_path / "best.pt", weights_only=True)
    table = json.loads(state["config"])
    del table["network"], table["betas"]
    torch.save(state | {"config": json.dumps(table | {"forgotten": 3})}, tmp_path / "old.pt")
    assert same(load_checkpoint(tmp_path / "old.pt")[0], run.average)


def test_the_discriminator_and_its_optimizer_are_kept_too(tmp_path: Path) -> None:
    run = Run(TINY, CPU)
    assert run.adversary is not None
    picture, alpha = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32)
    loss, _ = run.adversary.loss(picture, 1 - picture, alpha, torch.ones(1, 1, 1, 1))
    loss.backward()
    run.adversary.optimizer.step()
    run.save(tmp_path / "last.pt")
    again = Run(replace(TINY, seed=5), CPU)
    assert again.adversary is not None
    assert not same(run.adversary.network, again.adversary.network)
    again.load(tmp_path / "last.pt")
    assert same(run.adversary.network, again.adversary.network)
    first, second = (player.optimizer.state_dict()["state"] for player in (run.adversary, again.adversary))
    assert first.keys() == second.keys() != set()
    assert all(torch.equal(first[key]["exp_avg_sq"], second[key]["exp_avg_sq"]) for key in first)


def test_sizes_that_the_network_does_not_take_are_refused() -> None:
    with pytest.raises(InputError, match="sizes are 64, 100 and this network takes multiples of 32"):
        Run(replace(TINY, sizes=((0.0, 64), (0.5, 100))), CPU)


def test_without_a_weight_or_for_blending_there_is_no_discriminator() -> None:
    assert Run(replace(TINY, adversarial=0.0), CPU).adversary is None
    assert Run(Config(stage="blend"), CPU).adversary is None


def test_a_run_can_start_from_another_ones_averaged_weights_and_not_from_another_networks(tmp_path: Path) -> None:
    old = moved(Run(TINY, CPU))
    old.step = 5
    old.save(tmp_path / "old.pt")
    new = Run(replace(TINY, seed=9, init=str(tmp_path / "old.pt")), CPU)
    assert same(new.network, old.average)
    assert same(new.average, old.average)
    assert new.step == 0
    with pytest.raises(InputError, match=r"old\.pt holds another network than this run's harmonize fast"):
        Run(replace(TINY, network={}, init=str(tmp_path / "old.pt")), CPU)
    with pytest.raises(InputError, match=r"none\.pt is not a checkpoint"):
        Run(replace(TINY, init=str(tmp_path / "none.pt")), CPU)


def test_what_a_network_reads_beside_that_of_the_checkpoint_it_starts_from_has_no_say_at_first(tmp_path: Path) -> None:
    old = moved(Run(TINY, CPU), 0.01)
    old.save(tmp_path / "old.pt")
    wider = replace(TINY, network=SMALL | {"exposure": True}, init=str(tmp_path / "old.pt"))
    new = Run(wider, CPU).network
    pictures = [torch.rand((2, count, 32, 32), generator=torch.Generator().manual_seed(count)) for count in (3, 1, 3)]
    with torch.no_grad():
        before, after = (each.judged(*pictures[:2], each.cues(pictures[2])) for each in (old.average, new))
        torch.testing.assert_close(after, before)
        new.overall[0].weight[:, -64:] += 1
        odds = new.judged(*pictures[:2], new.cues(pictures[2]))[1]
    assert not torch.allclose(odds, before[1])
    moved(Run(wider, CPU)).save(tmp_path / "wide.pt")
    with pytest.raises(InputError, match="another network"):
        Run(replace(TINY, init=str(tmp_path / "wide.pt")), CPU)  # and not the other way round
    Run(replace(TINY, network=SMALL | {"parts": 0}), CPU).save(tmp_path / "other.pt")
    with pytest.raises(InputError, match="another network"):
        Run(replace(TINY, init=str(tmp_path / "other.pt")), CPU)  # whose head takes fewer numbers, yet others


def test_a_save_that_fails_leaves_the_last_whole_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(TINY, torch.device("cpu"))
    run.save(tmp_path / "last.pt")

    def half(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", half)
    run.step = 9
    with pytest.raises(OSError, match="space"):
        run.save(tmp_path / "last.pt")
    run.load(tmp_path / "last.pt")
    assert run.step == 0


def test_the_average_follows_the_weights_from_the_start() -> None:
    """By hand: after the first step 1/10 of the average is kept, so it lies nine tenths of the way."""
    run = Run(TINY, torch.device("cpu"))
    before = next(run.network.parameters()).detach().clone()
    with torch.no_grad():
        next(run.network.parameters()).add_(1.0)
    run.step = 0
    run.update_average()
    torch.testing.assert_close(next(run.average.parameters()), before + 0.9)


def test_the_average_kept_alone_is_small_and_a_run_can_start_from_it(tmp_path: Path) -> None:
    run = moved(Run(replace(TINY, init=""), CPU), 0.25)
    run.step = 7
    run.save(tmp_path / "last.pt")
    keep_average(tmp_path / "last.pt", tmp_path / "kept.pt")
    assert (tmp_path / "kept.pt").stat().st_size < 0.3 * (tmp_path / "last.pt").stat().st_size
    assert torch.load(tmp_path / "kept.pt", weights_only=True)["step"] == 7
    begun = Run(replace(TINY, init=str(tmp_path / "kept.pt")), CPU)
    for name, each in run.average.state_dict().items():
        torch.testing.assert_close(begun.network.state_dict()[name], each, atol=2e-3, rtol=1e-3)
