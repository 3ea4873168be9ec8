"""Recordings as files of a user's, loose and in archives."""

import zipfile

PADDED = ("Train/5/00001.bin", "Train/0/00002.bin", "Test/7/00001.bin")


def write_recordings(folder, *names):
    """Write recordings of one event, whose row is the label and whose time the id."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        event = bytes([5, int(name.split("/")[1]), 128, 0, int(path.stem)])
        path.write_bytes(event)


def zip_files(path, folder, names, packing=zipfile.ZIP_DEFLATED):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in names:
            archive.write(folder / name, name)
