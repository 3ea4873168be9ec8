"""Files that come with the library: samples, published numbers, constants of chips."""

from pathlib import Path

PACKAGE = Path(__file__).parent
# setup.py copies resources/ of the repository into an installed library.
FOLDERS = (PACKAGE / "resources", PACKAGE.parents[1] / "resources")


def find_resource(name: str) -> Path:
    """Return the path of a file in ``resources/``, in a checkout or installed.

    Parameters
    ----------
    name : str
        Its path below ``resources/``.

    Raises
    ------
    FileNotFoundError
        If neither place holds it.

    Examples
    --------
    >>> find_resource("chips.yaml").name
    'chips.yaml'
    """
    for folder in FOLDERS:
        if (folder / name).is_file():
            return folder / name
    places = " and ".join(map(str, FOLDERS))
    raise FileNotFoundError(f"{name} is missing; looked in {places}")
