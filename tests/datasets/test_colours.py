from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from spikemeter.datasets.samples.colours import colour_digits

SAMPLE = Path(__file__).parents[2] / "resources" / "mnist_sample.npz"


@pytest.fixture(scope="module")
def sample():
    with np.load(SAMPLE) as arrays:
        return {key: arrays[key] for key in arrays}


def test_an_image_depends_on_seed_and_place_alone(sample):
    digits = sample["train_images"][:510]
    images = colour_digits(digits, 0)
    assert images.shape == (510, 3, 32, 32)
    assert images.dtype == np.uint8
    # Over the border of a chunk, and cut short.
    assert np.array_equal(colour_digits(digits[:503], 0), images[:503])
    assert not np.array_equal(colour_digits(digits[:1], 1), images[:1])
    assert len(colour_digits(digits[:0], 0)) == 0


def test_textures_differ_and_ink_inverts_them(sample):
    blank = np.zeros((50, 28, 28), np.uint8)
    ground = colour_digits(blank, 0).astype(int)
    assert len(np.unique(ground.mean(axis=(2, 3)).round(), axis=0)) == 50
    assert ground.std(axis=(2, 3)).mean() > 5
    full = colour_digits(np.full((50, 28, 28), 255, np.uint8), 0).astype(int)
    changed = (full != ground).any(axis=1, keepdims=True)
    assert np.all(changed.sum(axis=(1, 2, 3)) == 24 * 24)  # without the blank edge
    assert np.abs((full + ground - 255) * changed).max() <= 1


def test_digits_stay_whole_inside_the_frame(sample):
    digits = sample["train_images"][:200]
    ground = colour_digits(np.zeros_like(digits), 0)
    changed = (colour_digits(digits, 0) != ground).any(axis=1)
    ink = (digits > 0).sum(axis=(1, 2))
    # Faint ink on mid grey rounds to the ground; nothing else may be missing.
    assert np.all(changed.sum(axis=(1, 2)) <= ink)
    assert np.mean(changed.sum(axis=(1, 2)) / ink) > 0.95


# Forty iterations are enough: more fit the training images alone.
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_a_linear_classifier_does_not_solve_the_set(sample):
    parts = {}
    for part, seed, n in (("train", 0, 3000), ("test", 1, 1000)):
        images = colour_digits(sample[f"{part}_images"][:n], seed)
        parts[part] = images.reshape(n, -1) / 255 - 0.5, sample[f"{part}_labels"][:n]
    linear = LogisticRegression(C=0.01, max_iter=40).fit(*parts["train"])
    accuracy = linear.score(*parts["test"])
    # Above chance: the digits are there. A network of convolutions gets over 80 %.
    assert 0.2 < accuracy < 0.6
