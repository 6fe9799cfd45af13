#!/usr/bin/env python3
"""Runs Daybook and other systems side by side on this machine and writes what came out.

Each comparison runs ours and theirs by turns, on fresh data, and the medians count. Python's standard library only.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import page
from plan import ALONE, COMPARISONS, Own
from servers import SYSTEMS, Daybookd, Trouble


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def figure_of(answer, name):
    try:
        for part in name.split("."):
            answer = answer[part]
        return float(answer)
    except (KeyError, TypeError, ValueError):
        raise Trouble(f"there is no number '{name}' in what a program answered") from None


class Bench:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.programs = {
            "load": options.load_program or os.path.join(options.build, "daybook-load"),
            "journal": os.path.join(options.build, "journal_bench"),
            "here": os.path.dirname(os.path.abspath(__file__)),
        }
        Daybookd.program = os.path.join(options.build, "daybookd")
        # What was found to be best for a side of a comparison: (key, "ours" or "theirs") -> words.
        self.best = {}
        self.searched = {}
        self.own_rates = []
        # What could not be measured, and why: the rest is.
        self.failures = {}
        self.load_before = os.getloadavg()[0]

    # -- one run ---------------------------------------------------------------------------------------------------------

    def call(self, words):
        """The JSON that a program ends with."""
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        lines = [each for each in done.stdout.splitlines() if each.startswith("{")]
        if done.returncode != 0 or not lines:
            raise Trouble(f"{os.path.basename(words[0])} failed ({done.returncode}): {(done.stderr or done.stdout)[-800:]}\n"
                          f"  command: {' '.join(words)}")
        return json.loads(lines[-1])

    def fill(self, words, **places):
        filled = []
        for each in words:
            if isinstance(each, int):
                each = str(max(int(each * self.options.scale), 1))
            for name, text in {**self.programs, **places}.items():
                each = each.replace("{" + name + "}", text)
            filled.append(each)
        return filled

    def run_own(self, what, extra=()):
        program = self.fill(what.words[:1])[0]
        if not os.path.exists(program):
            raise Trouble(f"{os.path.basename(program)} is not built")
        half = str(int(statistics.median(self.own_rates) / 2)) if self.own_rates else "10000"
        fresh = tempfile.mkdtemp(prefix="ours-", dir=self.work)
        try:
            words = [*what.words, *extra]
            if words[0] == "{journal}":
                words += ["--dir", "{dir}"]
            if "{server}" not in words:
                return self.call(self.fill(words, dir=fresh, half=half))
            with Daybookd(self.work) as server:
                return self.call(self.fill(words, dir=fresh, half=half, server=server.address()))
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def run_peer(self, what, extra=()):
        with SYSTEMS[what.system](self.work) as server:
            program = os.path.join(self.options.build, server.client)
            return self.call(self.fill([program, *server.address(), *what.words, *extra]))

    # -- comparisons -----------------------------------------------------------------------------------------------------

    def look_for_best(self, each, side, what, run):
        """The value of the searched option with the best figure; looked for once, before anything counts."""
        option, values = what.search
        tried = {}
        for value in values:
            tried[value] = figure_of(run(what, (option, value)), what.figure)
            say(f"{each.key}, {side}: {option} {value}: {tried[value]:,.0f}{each.unit}")
        self.best[each.key, side] = (option, max(tried, key=tried.get))
        self.searched[each.key, side] = (option, tried)

    def run_theirs(self, each):
        run = self.run_own if isinstance(each.theirs, Own) else self.run_peer
        return figure_of(run(each.theirs, self.best.get((each.key, "theirs"), ())), each.theirs.figure)

    def run_ours(self, each):
        figure = figure_of(self.run_own(each.ours, self.best.get((each.key, "ours"), ())), each.ours.figure)
        if each.key == "pay":
            self.own_rates.append(figure)
        return figure

    def look_for_all(self, wanted):
        for each in wanted:
            for side, what in (("ours", each.ours), ("theirs", each.theirs)):
                if what.search:
                    run = self.run_own if isinstance(what, Own) else self.run_peer
                    self.attempt(each.key, self.look_for_best, each, side, what, run)

    def compare(self, wanted):
        """Rounds of all comparisons, ours and theirs by turns; {key: (figures of ours, of theirs)}."""
        figures = {each.key: ([], []) for each in wanted}
        self.look_for_all(wanted)
        for number in range(self.options.rounds):
            for each in wanted:
                if each.key not in self.failures:
                    self.attempt(each.key, self.play_round, number, each, figures[each.key])
        return {key: sides for key, sides in figures.items() if key not in self.failures}

    def play_round(self, number, each, figures):
        sides = [(0, self.run_ours), (1, self.run_theirs)]
        for side, run in sides if number % 2 == 0 else reversed(sides):
            figures[side].append(run(each))
        say(f"round {number + 1}: {each.key}: {figures[0][-1]:,.0f} against {figures[1][-1]:,.0f}{each.unit}")

    def attempt(self, what, run, *arguments):
        try:
            run(*arguments)
        except (Trouble, OSError, subprocess.SubprocessError) as problem:
            say(f"{what}: not measured: {problem}")
            self.failures[what] = str(problem)

    def measure_alone(self, wanted, figures):
        """Rows of (what, figures, wanted, bound, unit, command)."""
        rows = []
        for each in wanted:
            if not isinstance(each.source, str):
                self.attempt(each.what, self.measure_one, each, rows)
            elif each.source in figures:
                rows.append((each.what, figures[each.source][0], each.wanted, each.bound, each.unit, None))
        return rows

    def measure_one(self, each, rows):
        answers = [self.run_own(each.source) for _ in range(min(each.rounds, self.options.rounds))]
        first = (each.what, each.source.figure, each.wanted, each.bound, each.unit)
        for what, name, bound_at, bound, unit in [first, *each.more]:
            values = [figure_of(answer, name) for answer in answers]
            rows.append((what, values, bound_at, bound, unit, each.source.words))
            say(f"{what}: {statistics.median(values):,.2f} {unit}")


def parse_options():
    parser = argparse.ArgumentParser(description="Runs Daybook and other systems side by side.")
    parser.add_argument("--build", required=True, help="directory with the programs")
    parser.add_argument("--out", help="page to write (Markdown); without it, standard output")
    parser.add_argument("--dir", default="/var/tmp", help="where data are made; the disk that is measured (default: /var/tmp)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1, help="makes every piece of work smaller, to try things out")
    parser.add_argument("--only", help="keys of comparisons, with commas; 'alone' for what is compared with nobody")
    parser.add_argument("--ours", action="store_true", help="no other systems")
    parser.add_argument("--load-program", help="another daybook-load than that of --build")
    return parser.parse_args()


def main():
    options = parse_options()
    # Servers run in directories of their own.
    options.build = os.path.abspath(options.build)
    keys = options.only.split(",") if options.only else [each.key for each in COMPARISONS] + ["alone"]
    wanted = [each for each in COMPARISONS if each.key in keys and not (options.ours and not isinstance(each.theirs, Own))]
    # A signal ends what was started, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    work = tempfile.mkdtemp(prefix="daybook-bench-", dir=options.dir)
    os.chmod(work, 0o711)
    try:
        bench = Bench(options, work)
        if bench.load_before > 0.5:
            say(f"this machine has other work to do (load {bench.load_before:.1f}): the figures will be of both")
        if page.file_system(work) == "tmpfs":
            say(f"{options.dir} is in memory, where a sync costs nothing: choose another --dir")
        figures = bench.compare(wanted)
        # What is compared with others when there are others.
        if options.ours and "alone" in keys:
            for each in COMPARISONS:
                if each.key in ("submit", "pay", "pay-writes"):
                    figures[each.key] = ([], [])
                    bench.attempt(each.key, bench.look_for_best, each, "ours", each.ours, bench.run_own)
                    for _ in range(options.rounds):
                        bench.attempt(each.key, lambda: figures[each.key][0].append(bench.run_ours(each)))
        wanted = [each for each in wanted if each.key in figures]
        rows = bench.measure_alone(ALONE, figures) if "alone" in keys else []
        text = page.render(bench, wanted, figures, rows)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as out:
            out.write(text)
        say(f"written: {options.out}")
    else:
        print(text, end="")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
