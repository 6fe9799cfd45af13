#!/usr/bin/env python3
"""A long run at half of the peak: does anything grow, does anything slow down?

A daybookd in a process of its own, `daybook-load --mix lifecycle` beside it. First the peak is measured (closed loop, a server
of its own, for a minute: so long that orders leave memory, too), then half of that rate is kept (open loop: latency counts from
when a command should have been sent). The server's memory and open files are read every ten seconds, and how much of the
processors' time a virtual machine's host gave to others: latencies of two parts in which that differs cannot be compared.
Python's standard library only.

What must hold, with the run's length of 30 minutes and its parts of 5:
- memory: at the end no more than after the first part, but for what an order costs that left memory (its place in the index);
- open files: in the last part no more than in the first (medians: while a segment is sealed two more are open for a moment);
- latency: the p99 of the last part (median of its intervals' p99) within 1.2 times that of the first;
- the load's own check: every receipt is in the journal once, and the view equals the journal.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))

from servers import Daybookd, Trouble

# Bytes of memory that an order may cost after it left memory; asked of `journal_bench memory` at less.
ORDER_BYTES = 64


def say(text):
    print(f"soak: {text}", file=sys.stderr, flush=True)


def processor_ticks():
    """(all that passed, stolen by the host, idle) since the machine began."""
    with open("/proc/stat") as stat:
        ticks = [int(each) for each in stat.readline().split()[1:9]]
    return sum(ticks), ticks[7], ticks[3] + ticks[4]


def shares(samples):
    """Percent of the processors' time stolen, and idle, between the first and the last of the samples."""
    (all_a, stolen_a, idle_a), (all_b, stolen_b, idle_b) = samples[0][3], samples[-1][3]
    passed = max(1, all_b - all_a)
    return f"{100 * (stolen_b - stolen_a) / passed:.1f} and {100 * (idle_b - idle_a) / passed:.1f} %"


class Watch:
    """Reads a process's memory and open files, and the machine's ticks, until it is told to stop."""

    def __init__(self, pid, every=10):
        self.pid, self.every, self.samples = pid, every, []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.begin = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def run(self):
        while not self.done.wait(self.every):
            try:
                with open(f"/proc/{self.pid}/status") as status:
                    kib = {line.split(":")[0]: line.split()[1] for line in status if line.startswith("RssAnon")}
                files = len(os.listdir(f"/proc/{self.pid}/fd"))
            except OSError:
                return
            self.samples.append((time.monotonic() - self.begin, int(kib["RssAnon"]) * 1024, files, processor_ticks()))

    def part(self, begin, end):
        return [each for each in self.samples if begin <= each[0] < end]


def load(options, server, *words):
    command = [os.path.join(options.build, "daybook-load"), "--connect", server.address(), "--mix", "lifecycle", "--json",
               "--quiet", "--seed", "1", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    # Whatever went wrong: what was measured is told as long as there is a report.
    if not done.stdout.startswith("{"):
        raise Trouble(f"daybook-load failed ({done.returncode}): {(done.stderr or done.stdout)[-800:]}")
    if done.stderr:
        say(done.stderr.strip()[-800:])
    return json.loads(done.stdout)


def p99_of(series, begin, end):
    """Milliseconds."""
    found = [each["p99_us"] for each in series if begin * 1000 <= each["from_ms"] and each["to_ms"] <= end * 1000]
    if not found:
        raise Trouble("the run was too short for its parts")
    return statistics.median(found) / 1000


def judge(options, answer, watch):
    """(what, figure, bound, whether it holds), one for each promise."""
    seconds, part = options.seconds, options.seconds / 6
    first, last = watch.part(part / 2, part), watch.part(seconds - part, seconds)
    if not first or not last:
        raise Trouble("the run was too short to watch the server")
    check = answer["check"]
    orders = answer["result"]["orders_begun"] * (seconds - part) / seconds
    grown = max(each[1] for each in last) - max(each[1] for each in first)
    early, late = p99_of(answer["series"], 0, part), p99_of(answer["series"], seconds - part, seconds)
    files = [statistics.median_high(each[2] for each in samples) for samples in (first, last)]
    return [
        ("memory after the first part and at the end, MiB", f"{first[-1][1] / 2**20:.1f}, {last[-1][1] / 2**20:.1f}",
         "told", True),
        ("memory grown, bytes for each order that came in that time", f"{grown / orders:.1f}", f"<= {ORDER_BYTES}",
         grown <= ORDER_BYTES * orders),
        ("open files in the first and in the last part", f"{files[0]}, {files[1]}", "no more", files[1] <= files[0]),
        ("p99 of the first and of the last part, ms", f"{early:.2f}, {late:.2f} ({late / early:.2f} x)", "<= 1.2 x",
         late <= 1.2 * early),
        ("stolen by the host and idle, first part", shares(watch.part(0, part)), "told", True),
        ("stolen by the host and idle, last part", shares(last), "told", True),
        ("receipts and view checked", f"{check['receipts']} receipts" if check else "not checked", "passed",
         bool(check) and check["passed"]),
        ("commands that failed", str(answer["result"]["failed"]), "none", answer["result"]["failed"] == 0),
    ]


def run(options):
    with tempfile.TemporaryDirectory(prefix="soak-", dir=options.dir) as work:
        rate = options.rate
        if not rate:
            with Daybookd(work, options.setting) as server:
                rate = int(load(options, server, "--duration", "60s", "--warm-up", "5s", "--no-check")["result"]["rate"] / 2)
            say(f"the peak is {2 * rate} commands/s; {rate} for {options.seconds} s")
        with Daybookd(work, options.setting) as server, Watch(server.process.pid, min(10, options.seconds / 60)) as watch:
            html = ("--html", options.html) if options.html else ()
            answer = load(options, server, "--rate", str(rate), "--duration", f"{options.seconds}s", "--view-wait", "10min",
                          "--save-receipts", os.path.join(work, "receipts"), *html)
            rows = judge(options, answer, watch)
    events = f" {answer['check']['events']} events;" if answer["check"] else ""
    if options.setting:
        print("with " + ", ".join(options.setting))
    print(f"{answer['result']['rate']:.0f} commands/s of {rate} asked, {answer['result']['orders_begun']} orders;{events}"
          f" view lag p99 {answer['view_lag']['p99_ms']} ms, at most {answer['view_lag']['max_ms']} ms")
    for what, figure, bound, holds in rows:
        print(f"{'ok  ' if holds else 'MISS'}  {what}: {figure} ({bound})")
    return 0 if all(each[3] for each in rows) else 1


def main():
    words = argparse.ArgumentParser(description="Keeps half of the peak for half an hour and looks at what grows.")
    words.add_argument("--build", required=True, help="directory of the programs")
    words.add_argument("--seconds", type=int, default=1800)
    words.add_argument("--rate", type=int, default=0, help="commands a second (default: half of the peak, measured first)")
    words.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the node, another than its default")
    words.add_argument("--html", help="file for the load's page")
    words.add_argument("--dir", help="where the servers' directories are made; needs about 20 GB for half an hour")
    options = words.parse_args()
    if any("=" not in each or each.startswith("projection=") for each in options.setting):
        words.error("--setting wants NAME=VALUE; without a projection there is no view to check")
    # The server starts in a directory of its own.
    options.build = os.path.abspath(options.build)
    Daybookd.program = os.path.join(options.build, "daybookd")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(options)
    except Trouble as trouble:
        say(str(trouble))
        return 1


if __name__ == "__main__":
    sys.exit(main())
