"""Files that are not what they were: cut, with a bit flipped, gone, hostile."""

from tests.faults.damage import (
    PROOF,
    all_of,
    code_in_arrays,
    code_in_torch_file,
    cut,
    empty,
    file_instead,
    flip,
    folder_instead,
    future,
    remove,
)
from tests.faults.fault import Fault, campaign
from tests.faults.places import DATA, NOTE, RAW, RUN, STATE, SUMMARY, TRAINED
from tests.faults.procedure import assert_recovers
from tests.workflow.study import TABLES

REMADE = ("--forcerun", "tables")
OTHER = "its checksum differs"

# File, the script that notices, what a cut one is, and one with another bit.
DAMAGED = (
    ("raw images", f"{RAW}/train-images-idx3-ubyte", "prepare", OTHER, OTHER),
    ("raw labels", f"{RAW}/t10k-labels-idx1-ubyte", "prepare", OTHER, OTHER),
    ("recordings", f"{DATA}/nmnist/raw/train.zip", "prepare", OTHER, OTHER),
    ("source.json", f"{RAW}/source.json", "prepare", "…", OTHER),
    ("a prepared input", f"{DATA}/digits.npz", "train", OTHER, OTHER),
    ("an input's JSON", f"{DATA}/digits.json", "train", "…", OTHER),
    ("model.pt", f"{RUN}/model.pt", "test", OTHER, OTHER),
    ("train.json", SUMMARY, "test", "…", OTHER),
    ("epochs.csv", f"{RUN}/epochs.csv", "tables", OTHER, OTHER),
    ("test.json", f"{RUN}/test.json", "tables", "…", OTHER),
    ("steps.csv", f"{RUN}/steps.csv", "tables", OTHER, OTHER),
)


def stops(title, name, rule, found, arrange):
    """A damaged file stops what reads it; its maker makes it again."""
    log = {
        "prepare": "prepare/events" if "nmnist" in name else "prepare/digits",
        "train": "train/NETWORK/seed0",
        "test": "test/snn/seed0",
        "tables": "tables",
    }[rule]
    return Fault(
        title,
        TABLES,
        f"{rule}: {name} is damaged ({found}): delete it and run the same command "
        f"again with --forcerun tables at its end  (details: results/logs/{log}.log)",
        arrange=arrange,
        mend=remove(name),
        remedy="delete it",
        options=REMADE,
    )


def goes_on(title, target, arrange, missing=()):
    """The same command repairs it without a word."""
    return Fault(
        title, target, "nothing", missing=missing, arrange=arrange, succeeds=True
    )


STOPS = [
    fault
    for title, name, rule, when_cut, when_flipped in DAMAGED
    for fault in (
        stops(f"{title}: cut", name, rule, when_cut, cut(name)),
        stops(f"{title}: a bit flipped", name, rule, when_flipped, flip(name)),
    )
]
HOSTILE = [
    stops(
        "model.pt with code in it",
        f"{RUN}/model.pt",
        "test",
        OTHER,
        code_in_torch_file(f"{RUN}/model.pt"),
    ),
    stops(
        "a prepared input with code in it",
        f"{DATA}/digits.npz",
        "train",
        OTHER,
        code_in_arrays(f"{DATA}/digits.npz"),
    ),
]
GOES_ON = [
    goes_on("the folder of a run emptied", f"{RUN}/test.json", empty(RUN)),
    goes_on("results/data emptied", f"{DATA}/digits.npz", empty(DATA)),
    goes_on(
        "all tables gone", TABLES, all_of(remove("results/tables"), remove(TABLES))
    ),
    goes_on("power.csv gone", f"{RUN}/power.csv", remove(f"{RUN}/power.csv")),
    goes_on(
        "file times a year ahead",
        TABLES,
        future("results", "workflow_scripts", "resources"),
    ),
    goes_on("the folder .snakemake lost", TABLES, remove(".snakemake")),
    goes_on("results/logs lost", TABLES, remove("results/logs")),
    goes_on(
        "an empty folder where a table should be",
        TABLES,
        all_of(
            remove(TABLES),
            remove("results/tables"),
            lambda study: (study / "results/tables/test.csv").mkdir(parents=True),
        ),
    ),
]
IN_THE_WAY = [
    Fault(
        "a folder where a prepared input should be",
        TABLES,
        f"train: {DATA}/digits.npz is damaged (a folder): delete it and run the "
        "same command again with --forcerun tables at its end  "
        "(details: results/logs/train/NETWORK/seed0.log)",
        arrange=folder_instead(f"{DATA}/digits.npz"),
        mend=remove(f"{DATA}/digits.npz"),
        remedy="remove it",
        options=REMADE,
    ),
    Fault(
        "a file where the folder of the tables should be",
        TABLES,
        "NotADirectoryError: [Errno 20] Not a directory: "
        "'results/tables/anytime_steps.csv'",
        arrange=all_of(remove(TABLES), file_instead("results/tables")),
        mend=remove("results/tables"),
        remedy="remove it",
    ),
    Fault(
        "a file where the folder of checkpoints should be",
        SUMMARY,
        f"train: cannot write {NOTE} (File exists): remove what "
        "stands in its way, then run the same command again  "
        "(details: results/logs/train/NETWORK/seed0.log)",
        missing=TRAINED,
        arrange=file_instead(f"{RUN}/resume"),
        mend=remove(f"{RUN}/resume"),
        remedy="remove it",
    ),
    Fault(
        "a folder where a checkpoint should be",
        SUMMARY,
        f"train: cannot write {STATE} (Is a directory): remove what "
        "stands in its way, then run the same command again  "
        "(details: results/logs/train/NETWORK/seed0.log)",
        (NOTE,),
        missing=TRAINED,
        arrange=folder_instead(STATE),
        mend=remove(f"{RUN}/resume"),
        remedy="remove it",
    ),
]
QUICK = ("the folder .snakemake lost",)


@campaign([*STOPS, *GOES_ON, *IN_THE_WAY], QUICK)
def test_files(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)


@campaign(HOSTILE)
def test_no_file_runs_code(fault, broken, expected, record):
    assert_recovers(fault, broken, expected, record)
    assert not (broken / PROOF).exists()
