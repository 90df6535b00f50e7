"""Becomes another program, with a fast clock: exec.py LIBRARY ORIGIN SPEED LONGEST_FILE PROGRAM ARGUMENT...

At ORIGIN, in seconds since 1970, the fast clock shows 2026-03-03 09:00; it passes SPEED times as fast from there, the
same for all programs that are started so. LIBRARY is libfaketime, and what else is preloaded, with colons. LONGEST_FILE is
how long a file may get, in bytes; 0 means any length. No mode of a file is masked: those that are private are so by themselves.
"""

import ctypes
import os
import resource
import signal
import sys
import time

SHOWN_AT_ORIGIN = 1772528400

library, origin, speed, longest_file, program = sys.argv[1:6]
# Whoever started it may end in any way; PR_SET_PDEATHSIG sees to it that it does not stay behind.
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
os.umask(0)
if int(longest_file):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(longest_file), int(longest_file)))
environment = dict(os.environ, LD_PRELOAD=library, TZ="UTC", FAKETIME_FMT="%s")
shown = SHOWN_AT_ORIGIN + (time.time() - float(origin)) * float(speed)
environment["FAKETIME"] = f"@{int(shown)} x{speed}"
os.execve(program, sys.argv[5:], environment)
