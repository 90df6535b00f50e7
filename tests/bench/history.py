#!/usr/bin/env python3
"""Writes a history for `cutover backtest`: traffic of a real load balancer, or an invented day and night, with failures.

The NAB series of an Elastic Load Balancer (`timestamp,value`, requests in five minutes) becomes minutes:

    history.py elb_request_count_8c0756.csv > real.csv                      as it was, some 12 requests a minute
    history.py elb_request_count_8c0756.csv --requests 60000 > busy.csv     its shape, at so many a minute on average
    history.py --requests 60000 --noise moderate > invented.csv             two weeks of an invented day and night

`--noise moderate` is that of gates.md, section 3, as far as both sides share it: error rates that vary by half from minute
to minute, and bursts of twenty times as many. What each side has alone is cutover's part: its uneven weather.
"""

import argparse
import csv
import datetime
import math
import random
import sys

COLUMNS = "minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency"
BURST_TIMES = 20
BURST_MINUTES = 3
BURSTS_A_DAY = 1


def poisson(rng, mean):
    if mean > 500:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, left, floor = 0, rng.random(), math.exp(-mean)
    while left > floor:
        left *= rng.random()
        count += 1
    return count


def recorded(path):
    """The five minutes of the series: when they begin, and their requests."""
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            yield datetime.datetime.fromisoformat(row["timestamp"]), float(row["value"])


def invented(days):
    start = datetime.datetime(2026, 3, 2)
    for five in range(days * 288):
        yield start + datetime.timedelta(minutes=5 * five), 5 * (1 + 0.5 * math.sin(five * math.tau / 288))


def minutes(series, requests, rng):
    """Requests by the minute: the same in all as there were, or drawn around the shape of the series."""
    series = list(series)
    mean = sum(value for _, value in series) / len(series) / 5
    for start, value in series:
        counts = [0] * 5
        if requests is None:
            for _ in range(round(value)):
                counts[rng.randrange(5)] += 1
        else:
            counts = [poisson(rng, value / 5 * requests / mean) for _ in counts]
        for after, count in enumerate(counts):
            yield start + datetime.timedelta(minutes=after), count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", nargs="?", help="the NAB series; an invented one where none is named")
    parser.add_argument("--requests", type=float, help="requests a minute on average")
    parser.add_argument("--errors", type=float, default=0.001, help="part of them that fails")
    parser.add_argument("--noise", choices=["poisson", "moderate"], default="poisson")
    parser.add_argument("--latency", type=float, default=0.3, help="p99 in seconds; 0 leaves it out")
    parser.add_argument("--days", type=int, default=14, help="length of an invented series")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    series = recorded(args.series) if args.series else invented(args.days)
    if not args.series and args.requests is None:
        args.requests = 600
    print(COLUMNS)
    burst = 0
    for minute, count in minutes(series, args.requests, rng):
        shared = 1.0
        if args.noise == "moderate":
            shared = rng.gammavariate(4, 0.25)
            if rng.random() < BURSTS_A_DAY / 1440:
                burst = BURST_MINUTES
            if burst:
                burst, shared = burst - 1, shared * BURST_TIMES
        errors = min(count, poisson(rng, count * min(1.0, args.errors * shared)))
        latency = f"{args.latency * rng.lognormvariate(0, 0.05):.4f}" if args.latency and count else ""
        print(f"{minute:%Y-%m-%dT%H:%M:00Z},,,{count},{errors},,{latency}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
