"""Build the library with the data that it reads; pyproject.toml holds all the rest."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DATA = ("README.md", "*.yaml", "*.npz", "published/*.yaml")


class BuildWithResources(build_py):
    """Copy ``resources/`` into the package, except where it is installed editable."""

    def run(self) -> None:
        """Build afresh: modules of an older build would become part of the library."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            source, target = Path("resources"), Path(self.build_lib, "spikemeter")
            for path in (path for pattern in DATA for path in source.glob(pattern)):
                self.mkpath(str(target / path.parent))
                self.copy_file(str(path), str(target / path))


setup(cmdclass={"build_py": BuildWithResources})
