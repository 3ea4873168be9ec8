import pytest
import torch

from spikemeter.engines.choice import choose


@pytest.mark.parametrize(("device", "engine"), [("cpu", "events"), ("cuda", "scan")])
def test_auto_is_the_fastest_exact_engine(device, engine):
    assert choose("auto", torch.device(device)) == engine
    assert not {"tf32", "bf16"} & set(engine.split("_"))
