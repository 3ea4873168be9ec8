"""A job in its own process: ``python -m benchmarks.job TARGET SPEC CORES FILE``.

Nothing that starts threads is imported before the process is pinned: XLA takes its
number of threads from the processors it finds.
"""

import json
import os
import sys
from importlib import import_module


def main() -> None:
    """Pin this process, call the function and write what it returns as JSON."""
    target, spec, cores, path = sys.argv[1:]
    os.sched_setaffinity(0, json.loads(cores))
    torch = import_module("torch")
    torch.set_num_threads(len(json.loads(cores)))
    torch.backends.cudnn.allow_tf32 = False  # its rounding changes spikes
    module, function = target.split(":")
    result = getattr(import_module(f"benchmarks.{module}"), function)(
        **json.loads(spec)
    )
    import_module("spikemeter.files").write_json(path, result)


if __name__ == "__main__":
    main()
