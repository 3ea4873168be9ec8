"""Where the files of the study lie that faults happen to."""

DATA = "results/data"
RAW = f"{DATA}/mnist/raw"
PREPARED = (f"{DATA}/digits.npz", f"{DATA}/digits.json")
RUN = "results/runs/snn/seed0"
SUMMARY = f"{RUN}/train.json"
TRAINED = (f"{RUN}/model.pt", f"{RUN}/epochs.csv", f"{RUN}/power.csv", SUMMARY)
TESTED = (f"{RUN}/steps.csv", f"{RUN}/test.json")
# What a training keeps until it is complete.
STATE, NOTE = f"{RUN}/resume/state.pt", f"{RUN}/resume/unsaved.json"
