"""Sits at a terminal: seat.py ACTION... -- PROGRAM ARGUMENT...

An action is `size COLUMNSxROWS`, `see TEXT` (waits until it is printed from now on), or `type TEXT` (`^C` is Ctrl-C, a `$` at
the end is Enter). Prints what happened as a JSON list of `{"size": [columns, rows]}` and `{"text": "..."}`, and at the end
`{"code": N, "echo": BOOL}`: the exit code, and whether the terminal shows what is typed, as it did before.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

split = sys.argv.index("--")
actions, command = sys.argv[1:split], sys.argv[split + 1:]
PATIENCE = 90
happened = []
child, terminal = pty.fork()
if child == 0:
    # Until the terminal has its size.
    time.sleep(0.2)
    os.execv(command[0], command)


def size(text):
    columns, rows = (int(part) for part in text.split("x"))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    happened.append({"size": [columns, rows]})


def read(until):
    """Reads what is there; returns nothing once there is nobody to write, or after so long."""
    ready, _, _ = select.select([terminal], [], [], max(0, until - time.monotonic()))
    if not ready:
        return None
    try:
        return os.read(terminal, 65536)
    except OSError:
        return None


def see(text):
    seen, until = b"", time.monotonic() + PATIENCE
    while text.encode() not in seen:
        part = read(until)
        if not part:
            sys.exit(f"`{text}` was not printed; the last of it was {seen[-600:]!r}")
        seen += part
        happened.append({"text": part.decode(errors="replace")})


def keys(text):
    text = text.replace("^C", "\x03")
    os.write(terminal, (text[:-1] + "\r" if text.endswith("$") else text).encode())


for action in actions:
    verb, _, rest = action.partition(" ")
    {"size": size, "see": see, "type": keys}[verb](rest)
while part := read(time.monotonic() + PATIENCE):
    happened.append({"text": part.decode(errors="replace")})
_, status = os.waitpid(child, 0)
shows = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
happened.append({"code": os.waitstatus_to_exitcode(status), "echo": shows})
print(json.dumps(happened))
