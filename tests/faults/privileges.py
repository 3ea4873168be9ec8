"""Give up what lets root write where modes forbid it."""

import ctypes
import os

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def obey_modes() -> None:
    """Let this process and its children obey the modes of files, as users must.

    See capabilities(7): what is not in the bounding set is not gained by an exec.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(_VERSION_3, 0), (_Data * 2)()
    calls = [libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)]
    calls.append(libc.capget(ctypes.byref(header), data))
    data[0].effective &= ~(1 << _CAP_DAC_OVERRIDE)
    data[0].permitted &= ~(1 << _CAP_DAC_OVERRIDE)
    calls.append(libc.capset(ctypes.byref(header), data))
    if any(calls):
        raise OSError(ctypes.get_errno(), "root's rights cannot be given up here")
