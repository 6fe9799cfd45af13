#!/usr/bin/env python3
"""Compares what ran with what must run.

usage: check.py COVERAGE.json SOURCE_DIRECTORY LIST.md

COVERAGE.json is gcovr's. In the journal's core every line and every branch must have run, but for those in LIST.md, a table of
file, line of source text and reason. Prints what is missing, and what is in the list for nothing; prints lines and branches by
folder. The exit code is 1 when something is missing or listed for nothing, or when fewer than 90 % of all lines ran.
"""

import collections
import fnmatch
import json
import pathlib
import re
import sys

CORE = [
    "persistence/file_journal*", "persistence/file_pool.*", "persistence/journal_format.*", "persistence/journal_line.*",
    "persistence/journal_scan.*", "persistence/journal_index.*", "persistence/journal_verify.*", "persistence/recovery_rules.*",
    "persistence/segment_file.*", "persistence/durable_mark.*", "persistence/space_reserve.*", "persistence/file_system.*",
    "persistence/posix_files.*", "persistence/order_encode.*", "persistence/order_decode.*", "persistence/order_codec.*",
    "persistence/order_canonical.*",
]
LEAST_LINES = 90.0


def listed_lines(path):
    """(file, source text) of the rows of the list: | `file` | `text` | reason |."""
    found = set()
    for row in path.read_text().splitlines():
        cells = re.match(r"\| `([^`]+)` \| (`+ ?)(.*?)\2[^|]*\| .+ \|$", row.replace("`` ", "``").replace(" ``", "``"))
        if cells:
            found.add((cells.group(1), cells.group(3).replace("\\|", "|").strip()))
    return found


class Sum:
    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_run = 0

    def add(self, line):
        self.lines += 1
        self.lines_run += line["count"] > 0
        self.branches += len(line["branches"])
        self.branches_run += sum(each["count"] > 0 for each in line["branches"])

    def text(self):
        def share(run, of):
            return f"{run:6}/{of:<6} {100 * run / of if of else 100:5.1f} %"
        return f"lines {share(self.lines_run, self.lines)}   branches {share(self.branches_run, self.branches)}"


def main(report, root, list_path):
    listed = listed_lines(pathlib.Path(list_path))
    used, missing = set(), []
    sums = collections.defaultdict(Sum)
    for entry in json.load(open(report))["files"]:
        name = entry["file"]
        source = pathlib.Path(root, name).read_text().splitlines()
        is_core = any(fnmatch.fnmatch(name, each) for each in CORE)
        for line in entry["lines"]:
            if line.get("gcovr/noncode"):
                continue
            for key in (name.split("/")[0] + "/", "the journal's core") if is_core else (name.split("/")[0] + "/",):
                sums[key].add(line)
            sums["all"].add(line)
            never = [i for i, each in enumerate(line["branches"]) if each["count"] == 0]
            if not is_core or (line["count"] > 0 and not never):
                continue
            text = source[line["line_number"] - 1].strip()
            if (name, text) in listed:
                used.add((name, text))
            else:
                what = f"{len(never)} of {len(line['branches'])} branches" if line["count"] > 0 else "the line"
                missing.append(f"{name}:{line['line_number']}: {what} never ran: {text}")
    for key in sorted(sums, key=lambda each: (each == "all", each)):
        print(f"{key:20} {sums[key].text()}")
    for each in missing:
        print(each)
    for name, text in sorted(listed - used):
        print(f"{name}: in the list for nothing: {text}")
    all_lines = sums["all"]
    is_enough = all_lines.lines_run * 100 >= LEAST_LINES * all_lines.lines
    if not is_enough:
        print(f"fewer than {LEAST_LINES} % of all lines ran")
    return 0 if is_enough and not missing and listed == used else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
