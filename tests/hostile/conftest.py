from tests.datasets.conftest import batch_files, mnist_files

__all__ = ["batch_files", "mnist_files"]
