"""Rule train: one network with one seed, metered; continues a killed training."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd
from snakemake.iocontainers import Snakemake

from spikemeter.datasets.prepared import read_input
from spikemeter.files import sha256, write_json, write_whole
from spikemeter.locks import exclusive_lock
from spikemeter.metering.meter import Meter
from spikemeter.metering.source import SAMPLE_COLUMNS
from spikemeter.networks.description import NetworkDescription
from spikemeter.provenance import format_now, read_job, read_versions
from spikemeter.study.jobs import log_job, make_progress_bar
from spikemeter.training.checkpoint import Checkpoint, write_state
from spikemeter.training.device import own_device
from spikemeter.training.model import name_engine
from spikemeter.training.run import build_model, train
from spikemeter.training.samples import load_samples

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
    network = NetworkDescription(**spec["network"])
    paths = snakemake.input.arrays, snakemake.input.provenance
    arrays, data = read_input(paths, spec["input_key"])
    samples = load_samples(arrays, "train", network, device)
    model = build_model(network, seed, device)
    with Meter(device, spec["interval_ms"] / 1000) as meter:
        meter.baseline(spec["baseline_s"])
        # One training is not metered on two machines.
        key = f"{made_from['key']} on {meter.machine}"
        checkpoint = Checkpoint(folder / "resume/state.pt", key)
        history = train(
            model, samples, seed, meter, checkpoint, make_progress_bar(terminal)
        )
        conditions = meter.conditions()
    write_state(snakemake.output.model, history.best_state)
    with write_whole(snakemake.output.epochs) as path:
        pd.DataFrame(history.rows).to_csv(path, index=False)
    with write_whole(snakemake.output.power) as path:
        power = pd.DataFrame(history.samples, columns=["session", *SAMPLE_COLUMNS])
        power.to_csv(path, index=False)
    write_json(
        snakemake.output.summary,
        {
            **{name: made_from[name] for name in ("key", "code", "settings")},
            "network": snakemake.wildcards.network,
            "seed": seed,
            "spec": spec["network"],
            "engine": name_engine(network, device),
            "parameters": sum(p.numel() for p in model.synapses.parameters()),
            "self_check": history.self_check,
            "best_epoch": history.best_epoch,
            "sessions": history.sessions,
            "lost": history.lost,
            "reading": history.reading and asdict(history.reading),
            "missing": history.missing | meter.missing,
            "data": data,
            "conditions": conditions | read_versions() | read_job(),
            "files": {Path(path).name: sha256(path) for path in snakemake.output[:3]},
            "finished": format_now(),
        },
    )
    checkpoint.remove()
