from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.networks.blenders import FastBlender, PaperBlender  # noqa: E402
from cleanplate.training.networks.harmonizers import FastHarmonizer, PaperHarmonizer  # noqa: E402
from cleanplate.training.run.checkpoints import build  # noqa: E402
from cleanplate.training.run.config import NETWORKS, Config, judged_at, load_config, rate_at, size_at  # noqa: E402

pytestmark = pytest.mark.train

SHIPPED = sorted((Path(__file__).parents[3] / "configs").glob("*.toml"))


def test_a_configuration_is_a_file_over_the_defaults_and_arguments_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "paper"\nsteps = 7\nsizes = [[0, 64], [0.5, 256]]\n')
    found = load_config(path, stage="blend", steps=9, seed=None)
    assert found == Config(stage="blend", model="paper", steps=9, sizes=((0.0, 64), (0.5, 256)))
    assert load_config(None) == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate = 1\nepochs = 3\n", r"mine\.toml sets epochs, learning_rate, which no training run has"),
        ("steps = = 3\n", r"mine\.toml cannot be read"),
        ('model = "huge"\n', "no network for stage harmonize and model huge"),
        ("[network]\ndepth = 9\n", r"\[network\] sets depth, which the network harmonize fast has not: it has .*hidden, .*widths"),
        ("every = 0\n", "every is 0 and must be a whole number from 1 on"),
        ("predicted = 1.5\n", r"predicted is 1\.5 and must be a share"),
        ("shares = [0.5, 0.4, 0.3]\n", r"shares is \[0\.5, 0\.4, 0\.3\] and must be three shares"),
        ("shares = [0, 0, 0, 0, 0, 0, 1.5]\n", "must be three shares"),
        ("shares = [0, 0, 0, 0, 0, 0, 0, 1.5]\n", "must be three shares"),
        ("shares = [0, 0, 0, 0, 0, 0, 0, 0, 0]\n", "must be three shares"),
        ('schedule = "steps"\n', "no schedule steps: give cosine, linear or constant"),
    ],
)
def test_a_configuration_that_means_nothing_is_refused_in_one_sentence(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        load_config(path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml cannot be read \(No such file"):
        load_config(tmp_path / "none.toml")


def test_sizes_change_at_their_shares_of_the_run() -> None:
    config = Config(steps=100, sizes=((0.0, 96), (0.35, 128), (0.85, 256)))
    assert [size_at(config, step) for step in (0, 34, 35, 84, 85, 99)] == [96, 96, 128, 128, 256, 256]


def test_the_rate_warms_up_linearly_and_ends_at_nought() -> None:
    """By hand: half of the warm-up gives half of the rate; half of the way gives half of it again along the cosine."""
    config = Config(steps=1000, warm_up=10, rate=1.0)
    assert rate_at(config, 4) == pytest.approx(0.5, rel=1e-3)
    assert rate_at(config, 500) == pytest.approx(0.5)
    assert rate_at(config, 1000) == pytest.approx(0.0, abs=1e-12)


def test_the_linear_schedule_is_constant_for_half_of_the_run_and_then_falls_to_nought() -> None:
    config = Config(steps=1000, warm_up=1, rate=1.0, schedule="linear")
    assert [rate_at(config, step) for step in (0, 500, 750, 1000)] == pytest.approx([1, 1, 0.5, 0])


def test_the_discriminator_has_no_say_in_the_first_share_of_the_run() -> None:
    config = Config(steps=100, adversarial_from=0.25)
    assert [judged_at(config, step) for step in (0, 24, 25, 99)] == [False, False, True, True]


def test_lists_of_a_file_become_tuples(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("betas = [0.5, 0.999]\n[network]\nwidths = [4, 4, 8, 8, 8]\nhidden = 4\n")
    config = load_config(path)
    assert config.betas == (0.5, 0.999)
    assert config.network == {"widths": (4, 4, 8, 8, 8), "hidden": 4}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_configuration_in_the_repository_has_its_network(path: Path) -> None:
    config = load_config(path)
    with torch.device("meta"):  # shapes without their memory
        network = build(config)
    assert all(size % network.stride == 0 for _, size in config.sizes)


def test_the_papers_harmonizer_is_trained_as_dovenet_was() -> None:
    config = load_config(next(path for path in SHIPPED if path.stem == "harmonize-paper"))
    assert (config.model, config.rate, config.betas, config.decay, config.batch) == ("paper", 2e-4, (0.5, 0.999), 0, 8)
    assert (config.adversarial, config.verification, config.discriminator_width) == (0.01, True, 64)
    assert (config.squared, config.harm, config.by_foreground, config.sizes) == (0, 0, False, ((0.0, 256),))


def test_the_papers_blender_is_trained_on_equation_one_alone() -> None:
    config = load_config(next(path for path in SHIPPED if path.stem == "blend-paper"))
    assert (config.model, config.epsilon, config.boundary_weight) == ("paper", 0, 1)


def count(network: "torch.nn.Module") -> int:
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize(
    ("build", "least", "most"),
    [
        (FastHarmonizer, 1.15e6, 1.2e6),
        (FastBlender, 0.13e6, 0.14e6),
        (PaperHarmonizer, 54e6, 58e6),  # DoveNet's U-Net has 54.7 million
        (PaperBlender, 1.94e6, 1.96e6),
    ],
)
def test_the_networks_have_the_sizes_that_the_documents_say(build: type, least: float, most: float) -> None:
    with torch.device("meta"):
        assert least <= count(build()) <= most


def test_every_network_is_found_by_stage_and_size() -> None:
    assert set(NETWORKS) == {(stage, size) for stage in ("harmonize", "blend") for size in ("fast", "paper")}
