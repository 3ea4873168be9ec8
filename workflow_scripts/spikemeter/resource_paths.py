"""Where the files of ``resources/`` are, in a checkout and in an installed library."""

from pathlib import Path

PACKAGE = Path(__file__).parent
# setup.py copies resources/ of the repository into an installed library.
FOLDERS = (PACKAGE / "resources", PACKAGE.parents[1] / "resources")


def find_resource(name: str) -> Path:
    """Return the path of a file or folder, named by its path below ``resources/``.

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
        if (folder / name).exists():
            return folder / name
    places = " and ".join(map(str, FOLDERS))
    raise FileNotFoundError(f"{name} is missing; looked in {places}")
