"""Where the files of the study lie that faults happen to, and what its jobs say."""

DATA = "results/data"
RAW = f"{DATA}/mnist/raw"
PREPARED = (f"{DATA}/digits.npz", f"{DATA}/digits.json")
RUN = "results/runs/snn/seed0"
SUMMARY = f"{RUN}/train.json"
TRAINED = (f"{RUN}/model.pt", f"{RUN}/epochs.csv", f"{RUN}/power.csv", SUMMARY)
TESTED = (f"{RUN}/steps.csv", f"{RUN}/test.json")
# What a training keeps until it is complete.
LOCK, STATE, NOTE = (
    f"{RUN}/{n}" for n in (".lock", "resume/state.pt", "resume/unsaved.json")
)

LOGS = {
    "fetch_mnist": "fetch/mnist",
    "prepare": "prepare/digits",
    "train": "train/NETWORK/seed0",
    "test": "test/snn/seed0",
    "tables": "tables",
    "figure": "figures/experiment1",
}


def said_by(rule: str, found: str, log: str = "") -> str:
    """Return the line with which a job of a rule fails."""
    return f"{rule}: {found}  (details: results/logs/{log or LOGS[rule]}.log)"


def unwritten(
    rule: str,
    path: str,
    found: str = "No space left on device",
    advice: str = "make room",
    **log: str,
) -> str:
    """Return the line with which a job fails that cannot write a file."""
    again = f"{advice}, then run the same command again"
    return said_by(rule, f"cannot write {path} ({found}): {again}", **log)
