"""Give up what lets root write where modes forbid it."""

import ctypes
import os

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_VERSION_3 = 0x20080522


def obey_modes() -> None:
    """Let this process and its children obey the modes of files, as users must.

    See capabilities(7): what is not in the bounding set is not gained by an exec.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3)  # and this process
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the rest
    calls = [libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)]
    calls.append(libc.capget(header, data))
    for rights in (0, 1):
        data[rights] &= ~(1 << _CAP_DAC_OVERRIDE)
    calls.append(libc.capset(header, data))
    if any(calls):
        raise OSError(ctypes.get_errno(), "root's rights cannot be given up here")
