"""A ten-class set of 32 × 32 colour images, drawn where CIFAR-10 is not at hand."""

from pathlib import Path

import numpy as np

from spikemeter.datasets.cifar10 import FILES, write_batch

SIZE = 32
_PLACE = np.arange(SIZE) / SIZE
_OCTAVES = (3, 6, 12)  # cells of smooth noise along an edge, each of half the height
_STRIPES = 2.0  # most stripes across an image, either way
# How far the second colour is from the first, the power that makes grounds dark, and
# the blank edge cut from the digits, so that they move further inside the frame: by
# these a five-layer network learns the set in few epochs, and a linear one does not.
_VEINS = 0.5
_DARKNESS = 6.0
_BLANK_EDGE = 2


def write_batches(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Write the embedded digits, coloured, as CIFAR-10's batches."""
    # One call for both parts: two would give them the same textures.
    digits = np.concatenate([arrays["train_images"], arrays["test_images"]])
    images = np.split(colour_digits(digits), [len(arrays["train_images"])])
    for (part, names), coloured in zip(FILES.items(), images, strict=True):
        pixels = np.array_split(coloured, len(names))
        labels = np.array_split(arrays[f"{part}_labels"], len(names))
        for i, name in enumerate(names):
            title = f"{part}ing batch {i + 1} of {len(names)}"
            write_batch(folder / name, pixels[i], labels[i], title)


def colour_digits(images: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return each grey digit on a coloured texture of its own, inverted where ink is.

    As in MNIST-M (Ganin et al. 2016, arXiv 1505.07818) the ink inverts the texture, so
    that a class has no colour of its own, and often not even a sign. The
    texture is marble, stripes bent by smooth noise (Perlin 1985,
    doi:10.1145/325334.325247), where MNIST-M cuts photographs.

    Parameters
    ----------
    images : uint8 array of shape (n, 28, 28)
        Digits, 255 for ink.
    seed : int
        Seed of the textures; image i depends on it, on i and on nothing else.

    Returns
    -------
    uint8 array of shape (n, 3, 32, 32)
        Axes: image, colour channel (red, green, blue), row, column.
    """
    weights = [_weigh_grid(size) for size in _OCTAVES]
    coloured = np.empty((len(images), 3, SIZE, SIZE), np.uint8)
    inner = slice(_BLANK_EDGE, -_BLANK_EDGE)
    for i, digit in enumerate(images[:, inner, inner]):
        generator = np.random.default_rng([seed, i])
        marble = _draw_marble(generator, weights)
        colours = generator.random((2, 3, 1, 1)) ** _DARKNESS
        texture = colours[0] + _VEINS * (colours[1] - colours[0]) * marble
        ink = np.zeros((SIZE, SIZE))
        top, left = (generator.random(2) * (SIZE + 1 - len(digit))).astype(np.int64)
        ink[top : top + len(digit), left : left + len(digit)] = digit / 255
        # Rounded from float64, so that the last bit of a machine's sine is not seen.
        coloured[i] = np.round(255 * (texture + ink * (1 - 2 * texture)))
    return coloured


def _weigh_grid(cells: int) -> np.ndarray:
    """Return the weights of the grid's points, eased by 3t² − 2t³; (32, cells + 1)."""
    place = (np.arange(SIZE) + 0.5) / SIZE * cells
    t = np.maximum(1 - np.abs(place[:, np.newaxis] - np.arange(cells + 1)), 0)
    return t * t * (3 - 2 * t)


def _draw_marble(
    generator: np.random.Generator, weights: list[np.ndarray]
) -> np.ndarray:
    """Return stripes bent by smooth noise, from 0 to 1; (32, 32)."""
    noise = np.zeros((SIZE, SIZE))
    for octave, to_pixels in enumerate(weights):
        grid = generator.random((to_pixels.shape[1],) * 2)
        noise += (to_pixels @ grid @ to_pixels.T - 0.5) / 2**octave
    down, right = (2 * generator.random(2) - 1) * _STRIPES
    turns = down * _PLACE[:, np.newaxis] + right * _PLACE + generator.random() + noise
    return 0.5 + 0.5 * np.sin(2 * np.pi * turns)
