"""A ten-class set of 32 × 32 colour images, drawn where CIFAR-10 is not at hand."""

from pathlib import Path

import numpy as np

from spikemeter.datasets.cifar10 import FILES, write_batch

SIZE = 32
SEED = 0  # of the stand-in that comes with the sample
_CHUNK = 500  # images drawn at once: 12 MB an array of all pixels
_OCTAVES = (3, 6, 12)  # cells of smooth noise along an edge, each of half the height
_WARP_TURNS = 1.0  # how far the noise bends the stripes
_STRIPES = 2.0  # most stripes across an image, either way
_CELLS = sum((cells + 1) ** 2 for cells in _OCTAVES)
# How far the second colour is from the first, the power that makes grounds dark, and
# the blank edge cut from the digits, so that they move further inside the frame: by
# these a five-layer network learns the set in few epochs, and a linear one does not.
_VEINS = 0.5
_DARKNESS = 6.0
_BLANK_EDGE = 2
# In this order: noise, two stripe frequencies, phase, two RGB colours, position.
_DRAWS = (_CELLS, 2, 1, 6, 2)


def write_batches(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Write the coloured digits of a sample as CIFAR-10's batches.

    Parameters
    ----------
    arrays : dict
        The embedded digits, see resources/README.md.
    folder : Path
        Where to write.
    """
    # One call for both parts: two would give them the same textures.
    images = colour_digits(
        np.concatenate([arrays["train_images"], arrays["test_images"]]), SEED
    )
    labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
    n_train, n_batches = len(arrays["train_labels"]), len(FILES["train"])
    rows = np.array_split(np.arange(n_train), n_batches)
    for number, (name, batch) in enumerate(zip(FILES["train"], rows, strict=True), 1):
        label = f"training batch {number} of {n_batches}"
        write_batch(folder / name, images[batch], labels[batch], label)
    (name,) = FILES["test"]
    label = "testing batch 1 of 1"
    write_batch(folder / name, images[n_train:], labels[n_train:], label)


def colour_digits(images: np.ndarray, seed: int) -> np.ndarray:
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

    Raises
    ------
    ValueError
        If the digits are larger than 32 × 32 or not uint8.
    """
    if images.ndim != 3 or images.dtype != np.uint8 or max(images.shape[1:]) > SIZE:  # noqa: PLR2004
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape} but must be uint8 of "
            f"shape (n, rows, columns) with at most {SIZE} rows and columns"
        )
    coloured = np.empty((len(images), 3, SIZE, SIZE), np.uint8)
    for first in range(0, len(images), _CHUNK):
        chunk = slice(first, min(first + _CHUNK, len(images)))
        draws = np.stack(
            [
                np.random.default_rng([seed, i]).random(sum(_DRAWS))
                for i in range(chunk.start, chunk.stop)
            ]
        )
        cells, frequency, phase, colours, position = np.split(
            draws, np.cumsum(_DRAWS)[:-1], axis=1
        )
        ink = _place(images[chunk], position)[:, None] / 255
        texture = _colour(_draw_marble(cells, frequency, phase), colours)
        # Rounded from float64, so that the last bit of a machine's sine is not seen.
        blend = texture + ink * (1 - 2 * texture)
        coloured[chunk] = np.round(255 * blend).astype(np.uint8)
    return coloured


def _place(images: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Put each digit anywhere inside the frame; (n, 32, 32)."""
    images = images[:, _BLANK_EDGE:-_BLANK_EDGE, _BLANK_EDGE:-_BLANK_EDGE]
    n, rows, columns = images.shape
    top = (position[:, 0] * (SIZE - rows + 1)).astype(np.int64)
    left = (position[:, 1] * (SIZE - columns + 1)).astype(np.int64)
    placed = np.zeros((n, SIZE, SIZE), np.uint8)
    row = top[:, None, None] + np.arange(rows)[:, None]
    column = left[:, None, None] + np.arange(columns)
    placed[np.arange(n)[:, None, None], row, column] = images
    return placed


def _draw_marble(
    cells: np.ndarray, frequency: np.ndarray, phase: np.ndarray
) -> np.ndarray:
    """Return stripes bent by smooth noise, from 0 to 1; (n, 32, 32)."""
    noise = np.zeros((len(cells), SIZE, SIZE))
    first = 0
    for octave, size in enumerate(_OCTAVES):
        grid = cells[:, first : first + (size + 1) ** 2].reshape(-1, size + 1, size + 1)
        first += (size + 1) ** 2
        weights = _weigh_grid(size)
        noise += (weights @ grid @ weights.T - 0.5) / 2**octave
    row, column = np.mgrid[:SIZE, :SIZE] / SIZE
    stripes = (2 * frequency - 1) * _STRIPES
    turns = stripes[:, 0, None, None] * row + stripes[:, 1, None, None] * column
    turns = turns + phase[:, :, None] + _WARP_TURNS * noise
    return 0.5 + 0.5 * np.sin(2 * np.pi * turns)


def _weigh_grid(cells: int) -> np.ndarray:
    """Return the weights of the grid's points, eased by 3t² − 2t³; (32, cells + 1)."""
    place = (np.arange(SIZE) + 0.5) / SIZE * cells
    t = place - np.floor(place)
    eased = t * t * (3 - 2 * t)
    weights = np.zeros((SIZE, cells + 1))
    pixel, cell = np.arange(SIZE), np.floor(place).astype(np.int64)
    weights[pixel, cell] = 1 - eased
    weights[pixel, cell + 1] = eased
    return weights


def _colour(pattern: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Run each pattern from one colour towards another; (n, 3, 32, 32), 0 to 1."""
    darkened = colours[:, :, None, None] ** _DARKNESS
    ground, vein = darkened[:, :3], darkened[:, 3:]
    return ground + _VEINS * (vein - ground) * pattern[:, None]
