#!/usr/bin/env python3
"""How does `cutover` bear a long run? Time and peak memory of what reads a journal of 100,000 records, and of long rehearsals.

    cargo build --release
    python3 tests/bench/long.py                    # about two minutes: 30 days are played to their end
    python3 tests/bench/long.py --records 10000    # the same, smaller

A run is begun against the wire simulator and killed in its first step; then its journal is made as long as is asked for with
readings and judgements of further minutes, each line with its check, as a run of weeks would have written them. `status`
is read-only and is measured on it as it is. Each line of the table is the median of three, but for the run itself and rehearsals
of more than three days.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rollback import KEYS, ROOT, Simulator, runbook, watched

#: A hold is no longer than 14 days.
LONGEST = 14


def checked(before, record):
    """Returns a record's line and its check: see `Record` in src/journal/record.rs."""
    record.pop("check", None)
    body = json.dumps(record, separators=(",", ":"), ensure_ascii=False)[:-1]
    check = hashlib.sha256((before + body).encode()).hexdigest()[:16]
    return f'{body},"check":"{check}"}}', check


def begun(options, folder, environment):
    """Begins a run and kills it once it watches its first step; returns its folder."""
    with Simulator(options.cutover, folder, "0%", options.pairs) as simulator:
        began = time.time()
        command = [options.cutover, "run", runbook(folder / "runbook.yaml", options.pairs), "--yes", "--no-gates"]
        command += ["--output", "json", "--endpoint-url", simulator.url, "--state", folder / "state"]
        with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                if json.loads(line)["event"] == "in_sync" and b"step" not in line:
                    continue
                if json.loads(line)["event"] == "weights_written":
                    peak = highest(process.pid)
                    process.kill()
                    break
    show(f"run, {options.pairs} pairs, to its first step", (time.time() - began, peak))
    return next((folder / "state").glob("*/journal.jsonl")).parent


def highest(process):
    """Returns the peak memory of a process that lives, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def lengthen(journal, wanted):
    """Adds minutes to a journal until it has so many records."""
    lines = journal.read_text().splitlines()
    last = json.loads(lines[-1])
    seq, run, before = last["seq"], last["run"], last["check"]
    began = int(time.time()) // 60
    with open(journal, "a") as file:
        while seq < wanted:
            minute = began + seq // 2
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(minute * 60))
            side = lambda requests: {"requests": requests, "errors": 1.0, "latency": 0.25, "latency_p90": 0.125}
            row = {"legacy": side(30000.0 + seq % 977), "new": side(30000.0 + seq % 881)}
            read = {"event": "metrics_read", "rows": [[minute, row]], "targets": {"healthy": 4, "registered": 4}, "faults": []}
            judged = {"event": "minute_judged", "minute": minute, "findings": []}
            for event in (read, judged):
                seq += 1
                line, before = checked(before, {"seq": seq, "at": at, "run": run, **event})
                file.write(line + "\n")


def measured(command, environment, times=3):
    """Returns seconds and peak memory in MB, medians of so many."""
    figures = []
    for _ in range(times):
        began = time.time()
        code, ended, peak, said = watched(command, environment)
        if code not in (0, 5):
            sys.exit(f"{' '.join(map(str, command))} ended with {code}: {said}")
        figures.append((ended - began, peak / 1e6))
    return [statistics.median(column) for column in zip(*figures)]


def show(what, figures):
    seconds, memory = figures
    print(f"{what:<44} {seconds:8.3f} s {memory:8.1f} MB", flush=True)


def rehearsal(options, folder, days, environment):
    """Measures a rehearsal that is held for so many days, in steps that are as long as each other."""
    text = (ROOT / "runbooks" / "api.yaml").read_text()
    before, after = text.split("steps:\n", 1)
    after = after[after.index("\n\n") :]
    count = -(-days // LONGEST)
    shares = [round(100 * step / count) for step in range(1, count + 1)]
    steps = "".join(f"  - {{ weight: {share}%, hold: {days * 24 // count}h }}\n" for share in shares)
    path = folder / f"hold-{days}.yaml"
    path.write_text(before + "steps:\n" + steps + after)
    command = [options.cutover, "rehearse", path, "--env", "production", "--scenario", "calm"]
    show(f"rehearse, {days} days in {count} steps", measured(command, environment, 1 if days > 3 else 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cutover", default=ROOT / "target" / "release" / "cutover", type=Path)
    parser.add_argument("--records", default=100_000, type=int)
    parser.add_argument("--pairs", default=1000, type=int)
    parser.add_argument("--days", default=[1, 3, 30], type=int, nargs="*")
    options = parser.parse_args()
    options.cutover = options.cutover.resolve()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | KEYS
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run = begun(options, folder, environment)
        state = ["--state", run.parent]
        status = [options.cutover, "status", run.name, *state]
        show(f"status, {sum(1 for _ in open(run / 'journal.jsonl'))} records", measured(status, environment))
        lengthen(run / "journal.jsonl", options.records)
        size = (run / "journal.jsonl").stat().st_size / 1e6
        show(f"status, {options.records} records ({size:.0f} MB)", measured(status, environment))
        for days in options.days:
            rehearsal(options, folder, days, environment)


if __name__ == "__main__":
    main()
