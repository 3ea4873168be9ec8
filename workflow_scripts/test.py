"""Rule test: the best epoch's parameters on the test set, once, metered."""

from pathlib import Path

from snakemake.iocontainers import Snakemake

from spikemeter.datasets.prepared import read_input
from spikemeter.files import (
    DamagedFileError,
    read_json,
    sha256,
    verify_checksum,
    write_json,
    write_text,
)
from spikemeter.locks import exclusive_lock
from spikemeter.metering.meter import Meter
from spikemeter.networks.description import NetworkDescription
from spikemeter.provenance import format_now, read_job, read_versions
from spikemeter.study.jobs import log_job, make_progress_bar
from spikemeter.training.checkpoint import read_state
from spikemeter.training.device import own_device
from spikemeter.training.draws import explain_no_draws
from spikemeter.training.model import name_engine
from spikemeter.training.run import build_model
from spikemeter.training.samples import load_samples
from spikemeter.training.steps import average_operations, explain_missing
from spikemeter.training.testing import Repetition, test

snakemake: Snakemake  # made by Snakemake before this file runs

folder = Path(snakemake.output.summary).parent
made_from = snakemake.params.made_from
spec = made_from["spec"]
with (
    log_job(snakemake) as terminal,
    exclusive_lock(folder),
    own_device(spec["device"], spec["cpu_threads"]) as device,
):
    seed = int(snakemake.wildcards.seed)
    trained = read_json(snakemake.input.summary)
    if trained["key"] != spec["train_key"]:
        raise DamagedFileError(snakemake.input.summary, "made from other settings")
    verify_checksum(snakemake.input.model, trained["files"]["model.pt"])
    network = NetworkDescription(**spec["network"])
    paths = snakemake.input.arrays, snakemake.input.provenance
    arrays, _ = read_input(paths, spec["input_key"])
    samples = load_samples(arrays, "test", network, device)
    model = build_model(network, seed, device)
    model.synapses.load_state_dict(read_state(Path(snakemake.input.model)))
    repetition = Repetition(spec["test_min_s"], spec["test_max_passes"])
    bar = make_progress_bar(terminal)
    with Meter(device, spec["interval_ms"] / 1000) as meter:
        meter.baseline(spec["baseline_s"])
        result, steps = test(model, samples, seed, meter, repetition, bar)
        conditions = meter.conditions()
    write_text(snakemake.output.steps, steps.to_csv(index=False))
    write_json(
        snakemake.output.summary,
        {
            **{name: made_from[name] for name in ("key", "code", "settings")},
            "model_sha256": trained["files"]["model.pt"],
            "network": snakemake.wildcards.network,
            "seed": seed,
            "engine": name_engine(network, device),
            **result,
            "operations": average_operations(
                steps, model.synapses.stages, result["samples"]
            ),
            "missing": (
                meter.missing | explain_missing(steps) | explain_no_draws(network)
            ),
            "conditions": conditions | read_versions() | read_job(),
            "files": {"steps.csv": sha256(snakemake.output.steps)},
            "finished": format_now(),
        },
    )
