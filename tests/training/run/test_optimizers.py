from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.run import optimizers, steps  # noqa: E402
from cleanplate.training.run.checkpoints import Run  # noqa: E402
from cleanplate.training.run.config import Config, load_config  # noqa: E402
from cleanplate.training.run.optimizers import Muon, Together  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")
TINY = Config(batch=4, adversarial=0.0, optimizer="muon", rate=0.01, network={"widths": (4, 4, 8, 8, 8), "hidden": 4})


@pytest.mark.parametrize("shape", [(24, 60), (60, 24), (32, 32)])
def test_orthogonalized_keeps_the_directions_and_evens_the_sizes(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    found = optimizers.orthogonalized(matrix)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    within = left.T @ found @ right.T  # diagonal, where the directions are the matrix's own
    assert float((within - torch.diag(within.diag())).abs().max()) < 1e-3
    assert 0.6 < float(within.diag().min()) <= float(within.diag().max()) < 1.25


def test_a_step_of_muon_has_the_size_of_adams_and_goes_down() -> None:
    kernel = torch.nn.Parameter(torch.zeros(32, 8, 3, 3))
    muon = Muon([kernel], rate=0.01, decay=0.0)
    kernel.grad = torch.randn(kernel.shape, generator=torch.Generator().manual_seed(2))
    muon.step()
    moved = kernel.detach()
    assert 0.7 * 0.002 < float(moved.square().mean().sqrt()) < 1.2 * 0.002
    assert float((moved * kernel.grad).sum()) < 0


def test_muon_decays_by_its_rate_and_remembers_earlier_gradients() -> None:
    matrix = torch.nn.Parameter(torch.eye(3))
    muon = Muon([matrix], rate=0.1, decay=0.5)
    matrix.grad = torch.zeros(3, 3)
    muon.step()
    assert torch.allclose(matrix.detach(), 0.95 * torch.eye(3))
    matrix.grad = torch.eye(3)
    muon.step()
    before = matrix.detach().clone()
    matrix.grad = torch.zeros(3, 3)
    muon.step()
    assert float((matrix.detach() - 0.95 * before).abs().max()) > 1e-3


def test_every_parameter_is_moved_by_one_of_them_and_answers_are_adams() -> None:
    run = Run(replace(TINY, network={}), CPU)
    assert isinstance(run.optimizer, Together)
    muon, adam = run.optimizer.several
    by = [[id(each) for group in one.param_groups for each in group["params"]] for one in (muon, adam)]
    assert sorted(by[0] + by[1]) == sorted(map(id, run.network.parameters()))
    named = {id(each): name for name, each in run.network.named_parameters()}
    kernels = {named[each] for each in by[0]}
    assert {"encoder.0.0.weight", "overall.0.weight", "gates.1.weigh.weight"} <= kernels
    assert not {"overall.6.weight", "local.weight", "place.2.weight", "parts.weight", "unknown"} & kernels
    assert [group["weight_decay"] for group in adam.param_groups] == [TINY.decay, 0.0]


def test_a_run_of_muon_goes_on_from_its_checkpoint_as_if_never_stopped(tmp_path) -> None:  # type: ignore[no-untyped-def]
    def moved(run: Run, seed: int) -> None:
        for each in run.network.parameters():
            each.grad = torch.randn(each.shape, generator=torch.Generator().manual_seed(seed))
        run.optimizer.step()

    run = Run(TINY, CPU)
    moved(run, 1)
    run.save(tmp_path / "last.pt")
    moved(run, 2)
    again = Run(replace(TINY, seed=3), CPU)
    again.load(tmp_path / "last.pt")
    moved(again, 2)
    assert all(torch.equal(a, b) for a, b in zip(run.network.parameters(), again.network.parameters(), strict=True))
    run.set_rate(0.25)
    assert {group["lr"] for group in run.optimizer.param_groups} == {0.25}
    run.optimizer.zero_grad()
    assert all(each.grad is None for each in run.network.parameters())


def test_a_compiled_step_is_the_same_program_compiled(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    seen = []

    def compiler(part):  # type: ignore[no-untyped-def]
        return lambda *given: seen.append(part) or part(*given)

    monkeypatch.setattr(torch, "compile", compiler)
    steps.compiled.cache_clear()
    generator = torch.Generator().manual_seed(5)
    channels = {"composite": 3, "alpha": 1, "plate": 3, "target": 3}
    batch = {name: torch.rand(4, count, 32, 32, generator=generator) for name, count in channels.items()}
    run = Run(TINY, CPU)
    run.network.eval()
    plain = steps.harmonize(run.network, batch, TINY).loss.detach()
    assert not seen
    assert torch.equal(steps.harmonize(run.network, batch, replace(TINY, compiled=True)).loss.detach(), plain)
    assert seen == [steps.judged_answer]
    with torch.no_grad():  # the averaged network, which is only looked at
        steps.harmonize(run.average, batch, replace(TINY, compiled=True))
    assert len(seen) == 1
    steps.compiled.cache_clear()


def test_another_optimizer_is_refused() -> None:
    with pytest.raises(InputError, match="There is no optimizer sgd: give adamw or muon"):
        load_config(None, optimizer="sgd")
