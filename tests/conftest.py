"""What holds for all tests."""

import torch

# Small tensors gain nothing from threads, and lose much where processors are busy.
torch.set_num_threads(1)
