"""What holds for all tests."""

import torch

# The study that Snakemake runs, made once for tests of several folders.
pytest_plugins = ["tests.workflow.fixtures"]

# Small tensors gain nothing from threads, and lose much where processors are busy.
torch.set_num_threads(1)
