"""The engine ``scan``: on CUDA where there is a device, else in Triton's interpreter.

Weights are multiples of 1/64, so that sums are exact in whatever order, and spikes have
to be equal bit for bit. Biases are odd multiples of 1/128, so that with beta 0.5 no
membrane is ever near the threshold: algorithms that are not exact even so (Winograd's,
on CUDA) give the same spikes. They may break ties of the max pooling, though.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from torch.nn import functional

from spikemeter.engines.cuda import engine as scan_engine
from spikemeter.engines.cuda import synapses as scan_synapses
from spikemeter.engines.cuda.engine import ScanEngine
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.direct import Constant
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator
from tests.engines import precise, test_reference
from tests.engines.exactness import gradients

triton = pytest.importorskip("triton", reason="Triton comes with torch on Linux only")
from triton.backends.compiler import (  # type: ignore[import-untyped] # noqa: E402
    GPUTarget,
)
from triton.compiler import ASTSource  # type: ignore[import-untyped] # noqa: E402

CUDA = torch.cuda.is_available()
DEVICE = torch.device("cuda" if CUDA else "cpu")
POOLED_TOLERANCE = 1e-3 if CUDA else 1e-5
# Triton chooses between compiler and interpreter when a kernel's module is imported:
# this must come first, and must not reach the processes that other tests start.
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("TRITON_INTERPRET", "0" if CUDA else "1")
    from spikemeter.engines.cuda.kernels import (
        OPTIONS,
        fire,
        fire_kernel,
        learn_kernel,
    )

LIBRARY = Path(__file__).parents[2] / "workflow_scripts"
LIF = Lif(beta=0.5, threshold=1.0, reset="subtract", surrogate="atan")
SURROGATES = list(precise.DERIVATIVES)


def network(layers, shape, padding="valid", seed=0, device=DEVICE):
    stages = parse_layers(layers, shape, padding)
    built = Synapses(stages, make_generator(seed, "weights"))
    with torch.no_grad():  # strong enough that every stage fires
        for parameter in built.parameters():
            parameter.copy_(torch.round((2 * parameter + 0.02) * 64) / 64)
        for layer in built.layers:
            layer.bias += 1 / 128
    return built.to(device)


def network_without_ties(*given, **options):
    """Return such a network whose max pooling is never tied between other inputs.

    The smallest noise would move the winner of a tie, and with it a gradient. Sums of
    these weights are exact all the same, but membranes may come near the threshold.
    """
    built = network(*given, **options)
    stream = make_generator(0, "offsets")
    with torch.no_grad():
        for layer in built.layers:
            parts = torch.randint(64, layer.weight.shape, generator=stream)
            layer.weight += (parts * 2.0**-16).to(layer.weight.device)
    return built


def draw(steps, batch, shape, seed=0, device=DEVICE):
    return Frames(test_reference.draw(steps, batch, shape, seed).to(device))


def draw_images(batch, shape, seed=0):
    drawn = torch.randint(
        256, (batch, *shape), generator=make_generator(seed, "images")
    )
    return drawn.to(DEVICE, torch.uint8)


def labels(batch, classes=10):
    return (torch.arange(batch) % classes).to(DEVICE)


def assert_equal_trains(lif, synapses, inputs):
    found = ScanEngine(lif).spike_trains(synapses, inputs)
    expected = ReferenceEngine(lif).spike_trains(synapses, inputs)
    for one, other, stage in zip(found, expected, synapses.stages, strict=True):
        assert one.dtype == torch.uint8
        assert one.shape == (inputs.steps, inputs.batch, *stage.out_shape)
        assert torch.equal(one, other)
    return found


@settings(max_examples=12, deadline=None)
@given(test_reference.cases())
def test_spikes_of_all_stages_equal_the_reference(case):
    layers, shape, padding, lif, seed = case
    synapses = network(layers, shape, padding, seed)
    inputs = draw(6, 2, shape, seed)
    trains = assert_equal_trains(lif, synapses, inputs)
    activity = ScanEngine(lif).run(synapses, inputs)
    assert activity.output.dtype == torch.float32
    assert torch.equal(activity.output, trains[-1].float())
    assert activity.spikes.dtype == torch.float64
    assert activity.spikes.tolist() == [train.sum().item() for train in trains]


@pytest.mark.parametrize(("make", "tied"), [(network, 1), (network_without_ties, 0)])
def test_ties_of_the_pooling(make, tied):
    """Other inputs in the places of a window, and yet the same highest current."""
    layer = make("12C5-P2-10", (2, 34, 34), device="cpu").layers[0]
    frames = test_reference.draw(20, 4, (2, 34, 34)).flatten(0, 1).double()
    stream = make_generator(0, "identities")
    weights = torch.rand(1, *layer.weight.shape[1:], generator=stream).double()

    def windows(values):
        return values.unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)

    currents = windows(functional.conv2d(frames, layer.weight.detach().double()))
    inputs = windows(functional.conv2d(frames, weights)).expand_as(currents)
    highest = currents == currents.amax(-1, keepdim=True)
    most = inputs.where(highest, -1).amax(-1)
    share = (most != inputs.where(highest, 99).amin(-1)).double().mean()
    assert 1e-3 * tied <= share <= (1 if tied else 1e-4)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_membranes_equal_snntorch_bit_for_bit(reset):
    # Currents of 24 bits: every product and every sum rounds.
    lif = Lif(beta=0.9, threshold=1.7, reset=reset, surrogate="atan")
    current = 0.3 + torch.randn(40, 2, 300, generator=make_generator(0, "current"))
    current = current.to(DEVICE)
    neuron = lif.snntorch_module().to(DEVICE)
    membrane, expected = torch.zeros_like(current[0]), []
    for one in current:
        membrane = neuron(one, membrane)[1]
        expected.append(membrane)
    spikes, membranes = fire(current.clone(), lif, keep=True)
    assert torch.equal(membranes, torch.stack(expected))
    assert torch.equal(spikes, (membranes - lif.threshold > 0).to(torch.uint8))
    assert 0.1 < spikes.float().mean() < 0.9


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_gradients_equal_the_equations_in_float64(reset, surrogate):
    lif = LIF.model_copy(update={"reset": reset, "surrogate": surrogate})
    synapses = network_without_ties("4C3-P2-6C3-12-10", (2, 9, 9), "same")
    inputs = draw(7, 4, (2, 9, 9))
    activity, loss = ScanEngine(lif).learn(synapses, inputs, labels(4), "mse_count")
    found = gradients(synapses)
    exact = network_without_ties("4C3-P2-6C3-12-10", (2, 9, 9), "same").double()
    output = precise.equations(exact, inputs.dense().double(), lif)[-1]
    assert torch.equal(activity.output.double(), output)
    assert not activity.output.requires_grad
    mean = LOSSES["mse_count"](output.sum(0), labels(4), 7)
    assert loss.item() == pytest.approx(mean.item(), rel=1e-6)
    expected = torch.autograd.grad(mean, list(exact.parameters()))
    for one, other in zip(found, expected, strict=True):
        assert other.abs().max() > 0
        assert (one.double() - other).norm() <= POOLED_TOLERANCE * other.norm()


def test_convolutions_part_by_part(monkeypatch):
    synapses = network("4C3-P2-6C3-P2-5C1-10", (2, 13, 13))
    inputs, engine = draw(6, 3, (2, 13, 13)), ScanEngine(LIF)
    expected, _ = engine.learn(synapses, inputs, labels(3), "mse_count")
    together = gradients(synapses)
    monkeypatch.setattr(scan_synapses, "PART_BYTES", 7 * 4 * 11 * 11 * 4)
    found, _ = ScanEngine(LIF).learn(synapses, inputs, labels(3), "mse_count")
    assert torch.equal(found.spikes, expected.spikes)
    assert torch.equal(found.output, expected.output)
    for one, other in zip(gradients(synapses), together, strict=True):
        assert other.abs().max() > 0
        assert (one - other).norm() <= 1e-6 * other.norm()


def test_gradients_stay_finite_far_from_the_threshold():
    lif = LIF.model_copy(update={"surrogate": "sigmoid"})
    synapses = network("20-10", (1, 2, 2))
    with torch.no_grad():
        synapses.layers[0].bias.fill_(-100.0)
        synapses.layers[1].bias.fill_(100.0)
    ScanEngine(lif).learn(synapses, draw(3, 2, (1, 2, 2)), labels(2), "cross_entropy")
    assert all(gradient.isfinite().all() for gradient in gradients(synapses))


@pytest.mark.parametrize("layers", ["20-10", "3C3-P2-10"])
@pytest.mark.parametrize("steps", [1, 5])
def test_constant_input_equals_its_frames(layers, steps):
    synapses = network(layers, (1, 8, 8))
    constant = Constant(draw_images(3, (1, 8, 8)), steps)
    engine = ScanEngine(LIF)
    frames = Frames(constant.dense().contiguous())
    given, loss = engine.learn(synapses, constant, labels(3), "mse_count")
    found = gradients(synapses)
    expected, other_loss = engine.learn(synapses, frames, labels(3), "mse_count")
    assert given.spikes[0] > 0
    assert torch.equal(given.output, expected.output)
    assert torch.equal(given.spikes, expected.spikes)
    assert torch.equal(loss, other_loss)
    assert torch.equal(engine.run(synapses, constant).output, expected.output)
    for one, other in zip(found, gradients(synapses), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_nothing_is_kept_between_calls(loss):
    synapses = network("4C3-P2-20-10", (1, 10, 10))
    engine, inputs = ScanEngine(LIF), draw(8, 5, (1, 10, 10))
    images = inputs.frames.clone()
    first, first_loss = engine.learn(synapses, inputs, labels(5), loss)
    found = gradients(synapses)
    engine.run(synapses, inputs)
    engine.learn(synapses, draw(3, 2, (1, 10, 10), seed=1), labels(2), loss)
    for _ in range(3):  # on CUDA: recorded, then replayed
        second, second_loss = engine.learn(synapses, inputs, labels(5), loss)
        assert first.output.sum() > 0
        assert torch.equal(first.output, second.output)
        assert torch.equal(first.spikes, second.spikes)
        assert torch.equal(first_loss, second_loss)
        for one, other in zip(found, gradients(synapses), strict=True):
            assert torch.equal(one, other)
    assert torch.equal(inputs.frames, images)


def test_one_step():
    synapses = network("4C3-P2-20-10", (1, 10, 10))
    assert_equal_trains(LIF, synapses, draw(1, 3, (1, 10, 10)))
    ScanEngine(LIF).learn(synapses, draw(1, 3, (1, 10, 10)), labels(3), "mse_count")
    expected = gradients(synapses)
    inputs = draw(1, 3, (1, 10, 10))
    ReferenceEngine(LIF).learn(synapses, inputs, labels(3), "mse_count")
    for one, other in zip(expected, gradients(synapses), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_parameters_are_read_where_they_are():
    synapses, engine = network("12-10", (1, 4, 4)), ScanEngine(LIF)
    inputs = draw(6, 4, (1, 4, 4))
    for scale in [1, 2, 0.5, 1.5]:
        with torch.no_grad():
            synapses.layers[0].weight.mul_(scale)
        found = engine.run(synapses, inputs).output
        assert torch.equal(found, ReferenceEngine(LIF).run(synapses, inputs).output)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_other_precisions_are_close_and_leave_torch_as_it_was(precision):
    synapses = network("4C3-P2-20-10", (1, 10, 10))
    inputs, engine = draw(8, 5, (1, 10, 10)), ScanEngine(LIF, precision)
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    # Weights of up to 8 bits: the product's inputs are exact in all precisions.
    activity, _ = engine.learn(synapses, inputs, labels(5), "mse_count")
    found = gradients(synapses)
    after = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    assert before == after
    expected, _ = ScanEngine(LIF).learn(synapses, inputs, labels(5), "mse_count")
    assert (activity.output - expected.output).abs().mean() < 0.05
    for one, other in zip(found, gradients(synapses), strict=True):
        assert one.dtype == torch.float32
        assert (one - other).norm() < 0.2 * other.norm()


@pytest.mark.parametrize(
    ("precision", "allowed"), [("float32", False), ("tf32", True), ("bf16", False)]
)
def test_tf32_is_for_tf32_alone(precision, allowed, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", not allowed)
    with scan_synapses.use_precision(precision):
        assert torch.backends.cudnn.allow_tf32 == allowed
        assert torch.backends.cuda.matmul.allow_tf32 == allowed


@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
def test_what_it_cannot_compute_is_refused_in_every_call(layers):
    synapses, engine = network(layers, (2, 5, 4)), ScanEngine(LIF)
    good = draw(3, 2, (2, 5, 4))

    def learn(synapses, inputs, batch=2):
        return engine.learn(synapses, inputs, labels(batch), "mse_count")

    shapes = (0, 2, 2, 5, 4), (3, 0, 2, 5, 4), (3, 2, 2, 4, 5)
    frames = [torch.zeros(shape, device=DEVICE) for shape in shapes]
    refused = [(synapses, Frames(one)) for one in (*frames, good.frames.double())]
    refused.append((network(layers, (2, 5, 4)).double(), good))
    for other, inputs in refused:
        for compute in (engine.run, engine.spike_trains, learn):
            with pytest.raises(ValueError, match="must"):
                compute(other, inputs)
    with pytest.raises(ValueError, match="must"):
        learn(synapses, good, batch=3)


def test_without_a_device_the_engine_says_so_and_triton_loads_late():
    code = (
        f"import sys; sys.path.insert(0, {str(LIBRARY)!r})\n"
        "from spikemeter.engines.cuda.engine import ScanEngine\n"
        "from spikemeter.networks.neurons.lif import Lif\n"
        "assert 'triton' not in sys.modules\n"
        "ScanEngine(Lif())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1].startswith(
        "RuntimeError: engine is scan but torch finds no CUDA device; "
    )


def test_without_a_compiler_the_engine_says_so(monkeypatch):
    reason = "Triton finds no C compiler; install gcc"
    monkeypatch.setattr(scan_engine, "explain_missing_triton", lambda: reason)
    with pytest.raises(RuntimeError, match=f"engine is scan but {reason}; engine: snn"):
        ScanEngine(LIF)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_a_device_that_does_not_multiply_so_is_refused(precision, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for capability in [(7, 5), (8, 0)]:
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda c=capability: c)
        ScanEngine(LIF)
        if capability == (8, 0):
            ScanEngine(LIF, precision)
            continue
        with pytest.raises(RuntimeError, match=rf"scan_{precision} .* is 7\.5 and"):
            ScanEngine(LIF, precision)


def compiled(kernel, types, constants):
    """Compile for the H100's architecture; Triton needs no device for that."""
    function = triton.JITFunction(kernel.fn)
    signature = {name: types.get(name, "constexpr") for name in function.arg_names}
    source = ASTSource(function, signature, constants)
    return triton.compile(source, GPUTarget("cuda", 90, 32), OPTIONS)


@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_kernels_compile_without_fused_multiply_add(reset, tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    numbers = dict.fromkeys(["steps", "neurons", "stride"], "i32")
    numbers |= dict.fromkeys(["beta", "threshold"], "fp32")
    common = {"ZERO": reset == "zero"}
    made = []
    for current in ["*fp32", "*bf16"]:
        arrays = {"current": current, "membrane": "*fp32", "spikes": "*u8"}
        for keep in [True, False]:
            constants = common | {"KEEP": keep}
            made.append(compiled(fire_kernel, arrays | numbers, constants))
    arrays = {"membrane": "*fp32", "gradient": "*fp32"}
    for surrogate in SURROGATES:
        constants = common | {"SURROGATE": surrogate}
        made.append(compiled(learn_kernel, arrays | numbers, constants))
    for one in made:
        assert one.asm["cubin"]
        assert "fma." not in one.asm["ptx"]
