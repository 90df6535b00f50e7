#!/usr/bin/env python3
"""How fast is the way back? `cutover rollback` beside the aws CLI and boto3, against the wire simulator with its quotas on.

    cargo build --release
    target/test-venv/bin/python tests/bench/rollback.py            # everything: about six minutes
    target/test-venv/bin/python tests/bench/rollback.py --quick    # one pair, each tool once

The simulator is started anew for each measurement, so that all its buckets are full, and begins with every record a pair at
0/100. `cutover rollback RUN` needs a run that led there: it is made before the measurement, which then waits until the
buckets are full again. A call takes 30 ms and a batch 50 ms; other tools send nothing.

Columns: `changed` seconds from the start of the process to the answer of the last accepted change; `over` milliseconds of
that in which no call was in flight, that is the tool's own time and its waits; `wall` seconds to its end; the calls, the
change tokens of what was let through, and the refusals for throttling and for a busy zone; the names that answer
with legacy alone afterwards; and the peak of resident memory. Times are medians of `--repeat` runs.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ZONE = "Z0EXAMPLECOM"
SCENARIO = "description: exact times\nroute53: { other_tools: 0, answer_ms: 30, change_ms: 50 }\ntraffic: { peak: 600 }\n"
# What an expert's batches are: a pair takes four of the 1000 elements of a batch, because an UPSERT counts twice (law L03).
PAIRS_IN_A_BATCH = 250
# The bucket of changes, and how fast it fills (law L21).
MOST_CHANGES, CHANGES_A_SECOND = 1500, 100
# What the tools see: nothing of the developer's own AWS configuration.
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-west-2"}

BY_BOTO3 = """
import boto3, json, sys
route53 = boto3.client("route53")
for path in sys.argv[2:]:
    route53.change_resource_record_sets(HostedZoneId=sys.argv[1], ChangeBatch=json.load(open(path)))
"""

Call = namedtuple("Call", "at until operation outcome tokens")
Figures = namedtuple("Figures", "changed over wall calls tokens throttled busy back memory")


def name(number):
    return f"n{number:05}.example.com"


def runbook(path, names):
    """Writes a runbook that moves so many names at once."""
    records = "".join(
        f"  - {{ name: {name(n)}, zone: example.com, legacy: {{ elb: old }}, new: {{ alb: new }} }}\n" for n in range(names)
    )
    path.write_text(
        "version: 1\nname: bench\n"
        "environments: { bench: { legacy: { region: us-west-2 }, new: { region: us-west-2 } } }\n"
        f"records:\n{records}steps: [{{ weight: 100%, hold: 10m }}]\ngates: {{ errors: off, latency: off }}\n"
    )
    return path


class Simulator:
    """The invented AWS on a port of its own, until the end of a `with`."""

    def __init__(self, program, folder, share, names):
        self.log = folder / "calls.txt"
        (folder / "scenario.yaml").write_text(SCENARIO)
        book = runbook(folder / "world.yaml", names)
        command = [program, "sim", book, "--share", share, "--scenario", folder / "scenario.yaml", "--listen", "127.0.0.1:0"]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([*command, "--verbose"], stdout=subprocess.PIPE, stderr=log, text=True)
        said = self.process.stdout.readline()
        if not said.startswith("listening on "):
            sys.exit(f"the simulator did not start: {self.log.read_text()}")
        self.url = said.split()[2].rstrip(",")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def calls(self, since=0.0):
        """Returns the calls that came after this moment, in seconds since 1970."""
        calls = []
        for line in self.log.read_text().splitlines():
            clock, _, _, operation, rest = line.split(" ", 4)
            outcome, took, tokens = re.fullmatch(r"(.*), (\d+) ms(?:, (\d+) change tokens?)?", rest).groups()
            hours, minutes, seconds = clock.split(":")
            midnight = time.time() // 86400 * 86400
            at = midnight + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
            # The log is exact to a millisecond.
            if at >= since - 0.001:
                calls.append(Call(at, at + int(took) / 1000, operation, outcome, int(tokens or 0)))
        return calls

    def back(self, names):
        """Returns how many of the first names answer with legacy alone."""
        weights, start = {}, ""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        while start is not None:
            connection.request("GET", f"/2013-04-01/hostedzone/{ZONE}/rrset{start}")
            answer = connection.getresponse()
            page = answer.read()
            if answer.status == 400:
                # What was measured has emptied the buckets.
                time.sleep(1)
                continue
            page = xml.fromstring(re.sub(rb' xmlns="[^"]*"', b"", page))
            for record in page.iter("ResourceRecordSet"):
                member = weights.setdefault(record.findtext("Name").rstrip("."), {})
                member[record.findtext("AliasTarget/DNSName").split("-")[0]] = int(record.findtext("Weight") or "1")
            parts = [page.findtext(f"NextRecord{part}") for part in ("Name", "Type", "Identifier")]
            more = page.findtext("IsTruncated") == "true"
            start = "?name={}&type={}&identifier={}".format(*parts) if more else None
        alone = lambda found: found.get("old", 0) > 0 and found.get("new", 0) == 0
        return sum(alone(weights.get(name(n), {})) for n in range(names))


def batches(folder, pairs, size):
    """Writes the batches of an expert who knows every record by heart; returns their files."""

    def upsert(member, target, weight, n):
        # The load balancers' names are the simulator's.
        target = {"DNSName": target, "HostedZoneId": "Z1H1FL5HABSF5", "EvaluateTargetHealth": False}
        record = {"Name": name(n), "Type": "A", "SetIdentifier": member, "Weight": weight, "AliasTarget": target}
        return {"Action": "UPSERT", "ResourceRecordSet": record}

    files = []
    for first in range(0, pairs, size):
        changes = []
        for n in range(first, min(first + size, pairs)):
            changes.append(upsert("cutover:legacy", "old-1000104729.us-west-2.elb.amazonaws.com", 100, n))
            changes.append(upsert("cutover:new", "new-1000209458.us-west-2.elb.amazonaws.com", 0, n))
        files.append(folder / f"batch-{first}.json")
        files[-1].write_text(json.dumps({"Changes": changes}))
    return files


def watched(command, environment):
    """Runs a command; returns its exit code and peak memory in bytes."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        peak = [0]

        def look():
            # What `wait4` says would be at least this script's own memory, from which the process was forked.
            while process.poll() is None:
                try:
                    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
                    peak[0] = max(peak[0], int(found[1]) * 1024 if found else 0)
                except OSError:
                    return
                time.sleep(0.004)

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        code = process.wait()
        ended = time.time()
        looking.join()
        said.seek(0)
        return code, ended, peak[0], said.read().decode(errors="replace")


class Tool:
    """One way of going back. `commands` are run one after another until one of them fails."""

    def __init__(self, title, most, commands, prepare=None):
        self.title, self.most, self.commands, self.prepare = title, most, commands, prepare


def led_there(options, simulator, folder, environment):
    """Leads a run to 0/100 and stops it there, then waits until the buckets are full again."""
    command = [options.cutover, "run", folder / "runbook.yaml", "--yes", "--no-gates", "--output", "json"]
    command += ["--endpoint-url", simulator.url, "--state", folder / "state"]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in process.stdout:
        if json.loads(line)["event"] == "weights_written":
            process.terminate()
            break
    rest, said = process.communicate()
    if process.returncode != 5:
        sys.exit(f"the run before the rollback ended with {process.returncode}: {said.decode()}")
    used = sum(call.tokens for call in simulator.calls())
    time.sleep(min(used, MOST_CHANGES) / CHANGES_A_SECOND + 1)


def tools(options, python):
    """Returns every tool; a command is made when the simulator's address is known."""

    def rollback(what):
        def commands(simulator, folder, pairs):
            command = [options.cutover, "rollback", *what(folder), "--yes", "--endpoint-url", simulator.url]
            return [[*command, "--state", folder / "state"]]

        return commands

    def aws(size):
        def commands(simulator, folder, pairs):
            command = [python.parent / "aws", "route53", "change-resource-record-sets", "--hosted-zone-id", ZONE]
            return [[*command, "--change-batch", f"file://{file}"] for file in batches(folder, pairs, size)]

        return commands

    def boto3(simulator, folder, pairs):
        return [[python, "-c", BY_BOTO3, ZONE, *batches(folder, pairs, PAIRS_IN_A_BATCH)]]

    return [
        Tool("cutover rollback RUN", 10_000, rollback(lambda folder: []), led_there),
        Tool("cutover rollback RUNBOOK", 10_000, rollback(lambda folder: [folder / "runbook.yaml"])),
        Tool("boto3, batches of 250", 10_000, boto3),
        Tool("aws CLI, batches of 250", 10_000, aws(PAIRS_IN_A_BATCH)),
        Tool("aws CLI, one pair a call", 100, aws(1)),
    ]


def measure(options, tool, pairs):
    """Returns the figures of one tool, once."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        runbook(folder / "runbook.yaml", pairs)
        share = "0%" if tool.prepare else "100%"
        names = max(pairs, options.zone_records // 2)
        with Simulator(options.simulator, folder, share, names) as simulator:
            environment = {**KEYS, "PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ENDPOINT_URL": simulator.url}
            if tool.prepare:
                tool.prepare(options, simulator, folder, environment)
            commands = tool.commands(simulator, folder, pairs)
            time.sleep(0.2)
            start, most = time.time(), 0
            for command in commands:
                code, ended, memory, said = watched(command, environment)
                most = max(most, memory)
                if code != 0:
                    options.verbose and print(f"  {tool.title}: exit {code}: {said.strip()}", file=sys.stderr)
                    break
            calls = simulator.calls(start)
            if options.verbose:
                for call in calls:
                    print(f"  {call.at - start:7.3f} {call.operation} {call.outcome} {call.tokens}", file=sys.stderr)
            return figures(calls, start, ended, simulator.back(pairs), most)


def figures(calls, start, ended, back, memory):
    changes = [call.until for call in calls if call.operation == "ChangeResourceRecordSets" and call.outcome == "ok"]
    last = max(changes, default=start)
    refused = lambda word: sum(word in call.outcome for call in calls)
    return Figures(
        changed=last - start,
        over=(last - start - in_flight(calls, last)) * 1000,
        wall=ended - start,
        calls=len(calls),
        tokens=sum(call.tokens for call in calls),
        throttled=refused("Throttling"),
        busy=refused("PriorRequestNotComplete"),
        back=back,
        memory=memory / 2**20,
    )


def in_flight(calls, until):
    """Returns the seconds before a moment in which at least one call was in flight."""
    total, reached = 0.0, 0.0
    for call in sorted(calls):
        total += max(0.0, min(call.until, until) - max(call.at, reached))
        reached = max(reached, call.until)
    return total


def interpreter():
    """Returns the Python that has boto3, and the aws CLI beside it."""
    for python in (Path(sys.executable), ROOT / "target/test-venv/bin/python"):
        if (python.parent / "aws").exists():
            return python
    sys.exit("there is no target/test-venv; `cargo test --test wire boto3` makes it")


def arguments():
    release = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/cutover"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one pair, each tool once; fails when a record is not back")
    parser.add_argument("--pairs", default="1,100,1000", help="how many pairs, with commas (%(default)s)")
    parser.add_argument("--only", default="", help="only tools with this in their names")
    parser.add_argument("--zone-records", type=int, default=0, help="records that the zone has at least")
    parser.add_argument("--repeat", type=int, default=3, help="times that each is measured (%(default)s)")
    parser.add_argument("--cutover", type=Path, default=release, help="the program that goes back (%(default)s)")
    parser.add_argument("--simulator", type=Path, help="the program that is the simulator (the same)")
    parser.add_argument("--verbose", action="store_true", help="print each call, and what a tool says that fails")
    options = parser.parse_args()
    options.simulator = options.simulator or options.cutover
    if options.quick:
        options.pairs, options.repeat = "1", 1
    for program in (options.cutover, options.simulator):
        if not program.exists():
            sys.exit(f"{program} is not built; `cargo build --release` builds it, `--cutover` names another")
    return options


def main():
    options = arguments()
    print(f"{'pairs':>5}  {'tool':26}{'changed s':>10}{'over ms':>9}{'wall s':>8}{'calls':>7}{'tokens':>8}", end="")
    print(f"{'throttled':>11}{'busy':>6}{'back':>6}{'MiB':>6}")
    complete = True
    for pairs in map(int, options.pairs.split(",")):
        for tool in tools(options, interpreter()):
            if pairs > tool.most or options.only not in tool.title:
                continue
            runs = [measure(options, tool, pairs) for _ in range(options.repeat)]
            # Counts differ little between runs; the median of each column is taken all the same.
            f = Figures(*(statistics.median(column) for column in zip(*runs)))
            complete = complete and all(run.back == pairs for run in runs)
            print(f"{pairs:>5}  {tool.title:26}{f.changed:>10.3f}{f.over:>9.0f}{f.wall:>8.3f}{f.calls:>7.0f}{f.tokens:>8.0f}", end="")
            print(f"{f.throttled:>11.0f}{f.busy:>6.0f}{f.back:>6.0f}{f.memory:>6.0f}", flush=True)
    return 0 if complete or not options.quick else 1


if __name__ == "__main__":
    sys.exit(main())
