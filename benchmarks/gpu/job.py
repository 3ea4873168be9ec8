"""One check in this process: ``python -m benchmarks.gpu.job TARGET FILE FOLDER``."""

import json
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any


def main() -> None:
    """Call the check; write what it found, or why it failed."""
    target, path, wheels, *options = sys.argv[1:]
    sys.path.append(wheels)  # behind all that the machine has itself
    found: dict[str, Any]
    try:
        found = {"passed": True, "found": call(target, wheels, options)}
    except Exception as error:  # noqa: BLE001 - all that fails is reported
        reason = " ".join(str(error).split()) or type(error).__name__
        found = {"passed": False, "reason": reason, "trace": traceback.format_exc()}
    Path(path).write_text(json.dumps(found, default=float), encoding="utf-8")


def call(target: str, wheels: str, options: list[str]) -> Any:
    """Call a function below this package on the GPU, or where the options say."""
    torch = import_module("torch")
    inputs = import_module("benchmarks.gpu.inputs")
    name = "cpu" if "--cpu" in options else "cuda"
    device = import_module("spikemeter.training.device").prepare_device(name, None)
    torch.manual_seed(0)
    module, function = target.split(":")
    place = inputs.Place(device, Path(wheels), tiny="--tiny" in options)
    return getattr(import_module(module), function)(place)


if __name__ == "__main__":
    main()
