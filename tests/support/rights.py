"""Root without root's rights, as a child process of a test needs it to be refused anything."""

import ctypes


def obey_rights():
    """Let root be refused files of others, as everybody else is."""
    for capability in (1, 2, 3):  # to override, to read and search, to own: capability.h
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
