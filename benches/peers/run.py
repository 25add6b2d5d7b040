#!/usr/bin/env python3
"""Runs the same work in loopscope, in Python's asyncio and in node, and prints a table of ratios.

    cargo build --release && benches/peers/run.py
    benches/peers/run.py --rounds 5 --only switch,timers

Needs nothing but Python. A peer that is not installed is left out. In each round the peers take turns, and ratios are
taken within a round, so that a slow spell of the machine falls on all; what is shown are medians. Everything stays on
127.0.0.1, and every process has a time limit. Differences under a quarter mean nothing.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT = 60  # seconds that a process may take
# Settings such as extra certificates or no byte code would slow down the start of a peer.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LOOPSCOPE_UNRECORDED") if name in os.environ}

# name, argument of the programs, unit, factor from what they print, whether more is better
WORKLOADS = [
    ("spawn_join", 100_000, "thousand tasks/s", 1e-3, True),
    ("switch", 1_000_000, "thousand switches/s", 1e-3, True),
    ("sleepers", 100_000, "ms late", 1, False),
    ("queue_of_100", 500_000, "thousand items/s", 1e-3, True),
    ("lock", 200_000, "thousand turns/s", 1e-3, True),
    ("semaphore", 200_000, "thousand turns/s", 1e-3, True),
    ("sqlite", 20_000, "thousand rows/s", 1e-3, True),
    ("timers", 1_000, "us late", 1, False),
    ("startup", 0, "ms", 1, False),
    ("fetch", 5_000, "requests/s", 1, True),
]


def peers(loopscope):
    """The command of each peer that there is, up to the file of the workload."""
    found = {"loopscope": ([str(loopscope), "run"], "loopscope", ".rhai"),
             "asyncio": ([sys.executable], "asyncio", ".py")}
    if node := shutil.which("node"):
        found["node"] = ([node], "node", ".mjs")
    else:
        print("node is not installed: left out", file=sys.stderr)
    return found


def run(command):
    """One process: the figure that it prints, or else how many ms it took; None if it failed."""
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=ENVIRONMENT)
    except subprocess.TimeoutExpired:
        print(f"took more than {LIMIT} s: {' '.join(command)}", file=sys.stderr)
        return None
    took = (time.perf_counter() - start) * 1000
    if done.returncode != 0:
        print(f"failed: {' '.join(command)}\n{done.stderr[-800:]}", file=sys.stderr)
        return None
    try:
        return json.loads(done.stdout)["value"]
    except ValueError:
        return took


def measure(name, arguments, found, rounds):
    """The figures of each peer, round by round; peers that fail are dropped."""
    has = lambda folder, ending: (HERE / folder / (name + ending)).exists()
    figures = {peer: [] for peer, (_, folder, ending) in found.items() if has(folder, ending)}
    for _ in range(rounds):
        for peer in list(figures):
            command, folder, ending = found[peer]
            value = run([*command, str(HERE / folder / (name + ending)), *arguments])
            if value is None:
                del figures[peer]
            else:
                figures[peer].append(value)
    return figures


def row(label, figures, factor, more_is_better, others):
    cells = [label]
    ours = figures.get("loopscope")
    for peer in ["loopscope", *others]:
        values = figures.get(peer)
        cells.append(f"{statistics.median(values) * factor:,.1f}" if values else "-")
    for peer in others:
        theirs = figures.get(peer)
        if not ours or not theirs:
            cells.append("-")
            continue
        pairs = zip(ours, theirs) if more_is_better else zip(theirs, ours)
        cells.append(f"{statistics.median(a / b for a, b in pairs):.1f} x")
    return cells


class Server:
    """The demo server in a process of its own."""

    def __init__(self, loopscope):
        self.process = subprocess.Popen([str(loopscope), "demo-server"], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        words = [word.rstrip("/,.") for word in line.split() if word.startswith("http://")]
        if not words:
            self.end()
            raise RuntimeError(f"the demo server did not start: {line.strip()}")
        self.url = words[0]

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def show(rows):
    widths = [max(len(line[i]) for line in rows) for i in range(len(rows[0]))]
    for line in rows:
        first, *rest = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))]
        print("  ".join([first, *rest]).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="NAME,...", help="only these workloads")
    parser.add_argument("--loopscope", type=Path, default=ROOT / "target/release/loopscope", metavar="FILE",
                        help="the program to measure (target/release/loopscope)")
    options = parser.parse_args()
    names = [name for name, *_ in WORKLOADS]
    for name in options.only or []:
        if name not in names:
            parser.error(f"no workload {name}; there are {', '.join(names)}")
    if not options.loopscope.exists():
        parser.error(f"there is no {options.loopscope}: run `cargo build --release` first")

    found = peers(options.loopscope)
    others = [peer for peer in found if peer != "loopscope"]
    rows = [["", *found, *(f"against {peer}" for peer in others)]]
    for name, count, unit, factor, more_is_better in WORKLOADS:
        if options.only and name not in options.only:
            continue
        print(f"{name} ...", file=sys.stderr)
        arguments, server = [str(count)], None
        try:
            if name == "fetch":
                server = Server(options.loopscope)
                arguments.append(server.url + "/json")
            figures = measure(name, arguments, found, options.rounds)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            continue
        finally:
            if server:
                server.end()
        rows.append(row(f"{name}, {unit}", figures, factor, more_is_better, others))
    show(rows)
    print(f"\nMedians of {options.rounds} rounds. \"2.0 x\": loopscope is twice as good, be it faster or less late.")


if __name__ == "__main__":
    main()
