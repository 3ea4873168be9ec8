"""Files that are not what they were: cut, with a bit flipped, gone, hostile."""

from dataclasses import replace

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
    PREPARED,
    RAW,
    RUN,
    STATE,
    SUMMARY,
    TESTED,
    TRAINED,
    said_by,
    unwritten,
)
from tests.workflow.study import TABLES

OTHER = "its checksum differs"
INPUT, MODEL = f"{DATA}/digits.npz", f"{RUN}/model.pt"
PAGES = (TABLES, "results/tables")

# A run that is finished needs none of the files above it, so that what reads them has
# still to be made.
WHOLE_RUN = (*TRAINED, *TESTED)
FROM_RAW = (*PREPARED, *WHOLE_RUN)
FROM_RECORDINGS = tuple(
    name.replace("/snn/", "/nmnist/").replace("digits", "events") for name in FROM_RAW
)

# File, the script that notices, what it says of a cut one, and what is yet to be made.
DAMAGED = (
    ("raw images", f"{RAW}/train-images-idx3-ubyte", "prepare", OTHER, FROM_RAW),
    ("raw labels", f"{RAW}/t10k-labels-idx1-ubyte", "prepare", OTHER, FROM_RAW),
    ("recordings", f"{DATA}/nmnist/raw/train.zip", "prepare", OTHER, FROM_RECORDINGS),
    ("source.json", f"{RAW}/source.json", "prepare", "…", FROM_RAW),
    ("a prepared input", INPUT, "train", OTHER, WHOLE_RUN),
    ("an input's JSON", f"{DATA}/digits.json", "train", "…", WHOLE_RUN),
    ("model.pt", MODEL, "test", OTHER, TESTED),
    ("train.json", SUMMARY, "test", "…", TESTED),
    ("epochs.csv", f"{RUN}/epochs.csv", "tables", OTHER, ()),
    ("test.json", f"{RUN}/test.json", "tables", "…", ()),
    ("steps.csv", f"{RUN}/steps.csv", "tables", OTHER, ()),
)


def stops(title, name, rule, found, change, missing):
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
        missing=missing,
        arrange=change(name),
        mend=remove(name),
        remedy="delete it",
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
        for title, name, rule, when_cut, missing in DAMAGED
        for fault in (
            stops(f"{title}: cut", name, rule, when_cut, cut, missing),
            stops(f"{title}: a bit flipped", name, rule, OTHER, flip, missing),
        )
    ),
    stops("model.pt with code in it", MODEL, "test", OTHER, code_in_torch_file, TESTED),
    stops(
        "a prepared input with code in it",
        *(INPUT, "train", OTHER, code_in_arrays, WHOLE_RUN),
    ),
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
    replace(
        stops(
            "a folder where a prepared input should be",
            *(INPUT, "train", "a folder", folder_instead, WHOLE_RUN),
        ),
        remedy="remove it",
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
