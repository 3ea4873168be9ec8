"""The rate coder's kernel: on CUDA where there is a device, else interpreted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from spikemeter.networks.encodings import rate_gpu
from spikemeter.networks.encodings.rate_words import rate_words

triton = pytest.importorskip("triton", reason="Triton comes with torch on Linux only")
from triton.backends.compiler import (  # type: ignore[import-untyped] # noqa: E402
    GPUTarget,
)
from triton.compiler import ASTSource  # type: ignore[import-untyped] # noqa: E402

from spikemeter.networks.encodings import rate_triton  # noqa: E402
from spikemeter.networks.encodings.rate_triton import (  # noqa: E402
    BLOCK,
    draw_kernel,
    draw_words,
)

STEPS = [1, 31, 32, 33, 100]
KEYS = [1, 2**63 - 1, 2**64 - 5]


def compare(device):
    for steps in STEPS:
        for key in KEYS:
            generator = torch.Generator().manual_seed(steps)
            shape, kind = (7, 90), torch.uint8
            images = torch.randint(256, shape, dtype=kind, generator=generator)
            images[0, :4] = torch.tensor([0, 255, 1, 254])
            samples = torch.tensor([3, 0, 59_999, 7, 2**32 - 1, 12, 1])
            words = draw_words(images.to(device), samples.to(device), key, steps)
            assert torch.equal(words.cpu(), rate_words(images, samples, key, steps))


def test_the_kernel_draws_the_same_words():
    if torch.cuda.is_available():
        compare("cuda")
        return
    # Triton chooses its interpreter when it is imported.
    code = "from tests.networks.test_rate_triton import compare; compare('cpu')"
    root = Path(__file__).parents[2]
    path = os.pathsep.join(map(str, (root, root / "workflow_scripts")))
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": path}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@pytest.mark.parametrize("capability", [75, 90])
def test_the_kernel_compiles(capability, tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    arrays = {"pixels": "*u8", "samples": "*i64", "words": "*i32", "key": "i64"}
    types = dict.fromkeys(["n_pixels", "n_words", "steps"], "i32") | arrays
    function = triton.JITFunction(draw_kernel.fn)
    signature = {name: types.get(name, "constexpr") for name in function.arg_names}
    source = ASTSource(function, signature, {"BLOCK": BLOCK})
    assert triton.compile(source, GPUTarget("cuda", capability, 32)).asm["cubin"]


@pytest.mark.parametrize("missing", [None, "Triton finds no C compiler"])
def test_a_gpu_draws_by_the_kernel_wherever_triton_runs(missing, monkeypatch):
    monkeypatch.setattr(rate_gpu, "explain_missing_triton", lambda: missing)
    monkeypatch.setattr(rate_triton, "draw_words", lambda *_given: "kernel's")
    pixels, samples = torch.full((2, 9), 100, dtype=torch.uint8), torch.arange(2)
    found = rate_gpu.words_on_gpu(pixels, samples, 5, 40)
    if missing is None:
        assert found == "kernel's"
    else:
        assert torch.equal(found, rate_words(pixels, samples, 5, 40))
