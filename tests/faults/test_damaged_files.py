"""Files that are not what they were: cut, with a bit flipped, gone, hostile."""

from tests.faults.damage import (
    PROOF,
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
from tests.faults.fault import Fault, campaign, nothing
from tests.faults.places import (
    DATA,
    NOTE,
    RAW,
    RUN,
    STATE,
    SUMMARY,
    TRAINED,
    said_by,
    unwritten,
)
from tests.workflow.study import TABLES

OTHER = "its checksum differs"
INPUT, MODEL = f"{DATA}/digits.npz", f"{RUN}/model.pt"
PAGES = (TABLES, "results/tables")

# File, the script that notices, and what it says of a cut one.
DAMAGED = (
    ("raw images", f"{RAW}/train-images-idx3-ubyte", "prepare", OTHER),
    ("raw labels", f"{RAW}/t10k-labels-idx1-ubyte", "prepare", OTHER),
    ("recordings", f"{DATA}/nmnist/raw/train.zip", "prepare", OTHER),
    ("source.json", f"{RAW}/source.json", "prepare", "…"),
    ("a prepared input", INPUT, "train", OTHER),
    ("an input's JSON", f"{DATA}/digits.json", "train", "…"),
    ("model.pt", MODEL, "test", OTHER),
    ("train.json", SUMMARY, "test", "…"),
    ("epochs.csv", f"{RUN}/epochs.csv", "tables", OTHER),
    ("test.json", f"{RUN}/test.json", "tables", "…"),
    ("steps.csv", f"{RUN}/steps.csv", "tables", OTHER),
)


def stops(title, name, rule, found, change, remedy="delete it"):
    """A damaged file stops what reads it; its maker makes it again."""
    return Fault(
        title,
        TABLES,
        said_by(
            rule,
            f"{name} is damaged ({found}): delete it and run the same command again "
            "with --forcerun tables at its end",
            log="prepare/events" if "nmnist" in name else "",
        ),
        arrange=change(name),
        mend=remove(name),
        remedy=remedy,
        options=("--forcerun", "tables"),
    )


def goes_on(title, target=TABLES, missing=(), arrange=nothing):
    """The same command repairs it without a word."""
    return Fault(
        title, target, "nothing", missing=missing, arrange=arrange, succeeds=True
    )


def in_the_way(title, target, said, name, instead, **more):
    """Something else stands where a file or a folder should be."""
    return Fault(
        title,
        target,
        said,
        arrange=instead,
        mend=remove(name),
        remedy="remove it",
        **more,
    )


WAY = "remove what is in its way"
FAULTS = [
    *(
        fault
        for title, name, rule, when_cut in DAMAGED
        for fault in (
            stops(f"{title}: cut", name, rule, when_cut, cut),
            stops(f"{title}: a bit flipped", name, rule, OTHER, flip),
        )
    ),
    stops("model.pt with code in it", MODEL, "test", OTHER, code_in_torch_file),
    stops("a prepared input with code in it", INPUT, "train", OTHER, code_in_arrays),
    goes_on("the folder of a run emptied", f"{RUN}/test.json", arrange=empty(RUN)),
    goes_on("results/data emptied", INPUT, arrange=empty(DATA)),
    goes_on("all tables gone", missing=PAGES),
    goes_on("power.csv gone", f"{RUN}/power.csv", (f"{RUN}/power.csv",)),
    goes_on("file times a year ahead", arrange=future),
    goes_on("the folder .snakemake lost", missing=(".snakemake",)),
    goes_on("results/logs lost", missing=("results/logs",)),
    goes_on(
        "an empty folder where a table should be",
        missing=PAGES,
        arrange=lambda study: (study / "results/tables/test.csv").mkdir(parents=True),
    ),
    stops(
        "a folder where a prepared input should be",
        INPUT,
        "train",
        "a folder",
        folder_instead,
        "remove it",
    ),
    in_the_way(
        "a file where the folder of the tables should be",
        TABLES,
        "NotADirectoryError: [Errno 20] Not a directory: "
        "'results/tables/anytime_steps.csv'",
        "results/tables",
        file_instead("results/tables"),
        missing=(TABLES,),
    ),
    in_the_way(
        "a file where the folder of checkpoints should be",
        SUMMARY,
        unwritten("train", NOTE, "File exists", WAY),
        f"{RUN}/resume",
        file_instead(f"{RUN}/resume"),
        missing=TRAINED,
    ),
    in_the_way(
        "a folder where a checkpoint should be",
        SUMMARY,
        unwritten("train", STATE, "Is a directory", WAY),
        f"{RUN}/resume",
        folder_instead(STATE),
        missing=TRAINED,
        left=(NOTE,),
    ),
]


@campaign(FAULTS)
def test_files(fault, broken, recover):
    recover(fault)
    assert not list(broken.folder.rglob(PROOF))
