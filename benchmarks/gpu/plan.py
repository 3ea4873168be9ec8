"""The checks of a GPU, in their order; loads nothing, so that it always can."""

from typing import NamedTuple


class Check(NamedTuple):
    """A check: what it asks, ``module:function`` below this package, and its limit."""

    title: str
    target: str
    limit_s: float


CHECKS = {
    "environment": Check(
        "Compiler, Python's headers, driver, NVML", "machine:check_environment", 30
    ),
    "neurons": Check(
        "Neurons equal a loop of PyTorch, bit for bit", "kernels:check_neurons", 45
    ),
    "words": Check("Rate-coded spikes equal the CPU's", "kernels:check_words", 45),
    "events": Check("Frames of events equal the CPU's", "kernels:check_events", 30),
    "spikes": Check(
        "Spikes of scan are right up to rounding", "engines:check_spikes", 60
    ),
    "replays": Check(
        "Replays equal eager batches, bit for bit", "engines:check_replays", 90
    ),
    "gradients": Check("Gradients equal float64's", "engines:check_gradients", 45),
    "trainings": Check("Training repeats and resumes", "training:check_trainings", 45),
    "counts": Check("Counted operations fit the test", "training:check_counts", 60),
    "memory": Check("N-MNIST's 300 steps fit in 7 GiB", "training:check_memory", 45),
    "meter": Check("Power, energy and memory", "machine:check_meter", 45),
    "times": Check(
        "Encoding, replay, and no capture while metered", "times:check_times", 60
    ),
    "epochs": Check("One epoch of each network", "training:train_networks", 90),
    "benchmark": Check("Speed next to other libraries", "times:compare", 90),
    "cupy": Check("Speed of SpikingJelly's CuPy backend", "times:time_cupy", 30),
}
