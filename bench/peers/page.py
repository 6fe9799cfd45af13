"""The page with the results. Everything on it comes from the run."""

import datetime
import os
import platform
import re
import statistics
import subprocess

from plan import NOTES, Own
from servers import SYSTEMS, Daybookd


def number(value, unit=""):
    if unit in ("×", "s"):
        return f"{value:,.2f} {unit}"
    gap = "" if unit.startswith("/") else " "
    return f"{value:,.0f}{gap}{unit}" if abs(value) >= 100 else f"{value:,.1f}{gap}{unit}"


def verdict(value, wanted, bound):
    return "yes" if (value >= wanted if bound == "at least" else value <= wanted) else "**no**"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def memory():
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"


def file_system(directory):
    shown = subprocess.run(["df", "--output=fstype", directory], capture_output=True, text=True).stdout.split()
    return shown[-1] if shown else "unknown"


def distribution():
    with open("/etc/os-release", encoding="utf-8") as lines:
        names = dict(line.rstrip().split("=", 1) for line in lines if "=" in line)
    return names.get("PRETTY_NAME", "").strip('"')


def command(bench, words):
    """As somebody would type it: sizes as they were, places by name."""
    places = {"dir": "DIR", "server": "HOST:PORT", "half": "HALF-OF-PEAK"}
    shown = " ".join(bench.fill(words, **places))
    shown = re.sub(r"\S*/(bench/peers/\w+\.conf)", r"\1", shown)
    return re.sub(r"\S*/(daybook-load|journal_bench|peer_\w+)", r"build/release/\1", shown)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def comparison_rows(wanted, figures):
    rows = []
    for each in wanted:
        ours, theirs = (statistics.median(side) for side in figures[each.key])
        ratio = ours / theirs
        rows.append([each.what, number(ours, each.unit), each.against, number(theirs, each.unit), f"{ratio:.2f} ×",
                     f"{each.bound} {each.wanted} ×", verdict(ratio, each.wanted, each.bound)])
    return rows


def alone_rows(rows):
    shown = []
    for what, values, wanted, bound, unit, _ in rows:
        value = statistics.median(values)
        shown.append([what, number(value, unit), f"{bound} {number(wanted, unit)}", verdict(value, wanted, bound)])
    return shown


def machine(bench):
    items = [("processor", f"{processor()}, {os.cpu_count()} logical processors"), ("memory", memory()),
             ("kernel", platform.release()), ("distribution", distribution()),
             ("file system of the data", file_system(bench.work)),
             ("load before (1 min)", f"{bench.load_before:.2f}")]
    return "".join(f"- {name}: {text}\n" for name, text in items)


def peer_settings(bench, wanted):
    text = ""
    for name in dict.fromkeys(each.theirs.system for each in wanted if not isinstance(each.theirs, Own)):
        system = SYSTEMS[name]
        text += f"- {system.version()}: " + ", ".join(f"`{each}`" for each in system.settings) + "\n"
    return text + "".join(search_result(bench, each, side) for each in wanted for side in ("ours", "theirs"))


def search_result(bench, each, side):
    if (each.key, side) not in bench.searched:
        return ""
    option, tried = bench.searched[each.key, side]
    values = ", ".join(f"{value}: {figure:,.0f}{each.unit}" for value, figure in tried.items())
    return f"- {each.key}, {side}: best `{option}`, looked for once: **{bench.best[each.key, side][1]}** ({values})\n"


def commands(bench, wanted, rows):
    lines = []
    for each in wanted:
        lines.append(f"# {each.key}")
        lines.append(command(bench, [*each.ours.words, *bench.best.get((each.key, "ours"), ())]))
        if isinstance(each.theirs, Own):
            lines.append(command(bench, each.theirs.words))
        else:
            client = SYSTEMS[each.theirs.system].client
            lines.append(command(bench, ["./" + client, "ADDRESS", *each.theirs.words, *bench.best.get((each.key, "theirs"), ())]))
    if rows:
        lines.append("# alone")
        lines += dict.fromkeys(command(bench, words) for *_, words in rows if words)
    return "```\n" + "\n".join(lines) + "\n```\n"


def rounds(wanted, figures):
    rows = []
    for each in wanted:
        for name, values in zip(("ours", "theirs"), figures[each.key]):
            rows.append([each.key, name, ", ".join(f"{value:,.0f}" for value in values)])
    return table(["comparison", "", f"each round (by turns)"], rows)


def render(bench, wanted, figures, rows):
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    text = f"# Benchmarks\n\nWritten by `./dev bench{'' if bench.options.ours else ' --peers'}` on {today}; do not edit.\n"
    if bench.options.scale != 1 or bench.options.rounds != 5:
        text += f"\n**A trial:** {bench.options.rounds} rounds, work scaled by {bench.options.scale}. Not the real figures.\n"
    if wanted:
        text += f"\n## Side by side\n\nMedians of {bench.options.rounds} rounds; ours and theirs by turns, on fresh data.\n\n"
        text += table(["what", "ours", "against", "theirs", "ratio", "wanted", "reached"], comparison_rows(wanted, figures))
    if rows:
        text += "\n## Ours alone\n\n" + table(["what", "measured", "wanted", "reached"], alone_rows(rows))
    if bench.failures:
        text += "\n## Not measured\n\n" + "".join(f"- {what}: {one_line(why)}\n" for what, why in bench.failures.items())
    text += "\n## Machine\n\n" + machine(bench)
    text += f"\n## Versions and settings\n\n- {version_of_ours(bench)}: defaults, release build\n"
    text += peer_settings(bench, wanted)
    text += "\n## What differs\n\n" + NOTES
    text += "\n## Commands\n\nServers as `bench/peers/servers.py` starts them; the plan is `bench/peers/plan.py`.\n\n"
    text += commands(bench, wanted, rows)
    if wanted:
        text += "\n## Rounds\n\n" + rounds(wanted, figures)
    return text


def one_line(text):
    """Without this machine's paths."""
    return re.sub(r"\S*/", "…/", " ".join(text.split()))[:300]


def version_of_ours(bench):
    done = subprocess.run([os.path.join(bench.options.build, "daybookd"), "--version"], capture_output=True, text=True)
    return done.stdout.strip() or os.path.basename(Daybookd.program)
