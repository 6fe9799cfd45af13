"""What is compared with what. Whoever wants another size, command or bound changes it here and nowhere else.

A command is a list of words. `{load}` and `{journal}` stand for our programs, `{here}` for this directory, `{dir}` for an empty
one, `{server}` for the address of a fresh daybookd, `{half}` for half of the rate that "pay" reached in this run. Numbers are
sizes of the work: `--scale` makes them smaller. `figure` names a field of the JSON that the command ends with.
"""

from dataclasses import dataclass, field


@dataclass
class Own:
    """A run of one of our programs."""

    words: list
    figure: str = "per_second"
    # As with a peer.
    search: tuple = ()


@dataclass
class Peer:
    """A run of another system: a class of servers.py and options of its client."""

    system: str
    words: list
    # The option whose best value is looked for once, and the values that are tried.
    search: tuple = ()
    figure: str = "per_second"


@dataclass
class Comparison:
    key: str
    what: str
    ours: Own
    against: str
    theirs: object
    wanted: float
    # "at least" or "at most", of ours over theirs.
    bound: str = "at least"
    unit: str = "/s"


@dataclass
class Alone:
    """A figure of ours that is measured against nobody."""

    what: str
    # A command of its own, or the key of a comparison whose figures of ours are taken.
    source: object
    wanted: float
    bound: str = "at least"
    unit: str = "/s"
    rounds: int = 1
    # Further fields of the same run that have bounds: (words, field, wanted, bound, unit)
    more: list = field(default_factory=list)


RECORD = "300"  # bytes of JSON text of an event without digest and framing

LOAD = ["{load}", "--json", "--quiet", "--seed", "1", "--mix"]
PAY = LOAD + ["pay", "--commands", 400_000]
SUBMIT = LOAD + ["submit", "--orders", 200_000, "--data", "{dir}"]
HALF_OF_PEAK = LOAD + ["pay", "--duration", "10s", "--warm-up", "2s", "--rate", "{half}", "--data", "{dir}"]
BARE_SYNC = Own(["{journal}", "sync", "--record", RECORD, "--count", 20_000], "p99_us")
# No view: then the load cannot hold one against the journal.
WRITES_ONLY = ["--config", "{here}/writes_only.conf", "--no-check"]
WRITES_ONLY_ORDERS = ["--config", "{here}/writes_only_orders.conf", "--no-check"]
WINDOWS = ("--window", ["64", "128", "256", "512", "1024"])  # of each of 16 clients

COMPARISONS = [
    Comparison("submit", "new orders of three lines (request, verdict), in process", Own(SUBMIT, "result.orders_rate", WINDOWS),
               "PostgreSQL 15, two transactions an order",
               Peer("Postgres", ["--count", 10_000_000, "--seconds", 10], ("--clients", ["8", "16", "32", "64"])),
               10),
    Comparison("pay", "events, full command path, one event a command", Own(PAY + ["--data", "{dir}"], "result.rate", WINDOWS),
               "NATS JetStream, file storage, expected last subject sequence, not synced before the acknowledgement",
               Peer("Nats", ["--count", 200_000, "--record", RECORD], ("--in-flight", ["256", "512", "1024", "2048"])),
               2.5),
    Comparison("pay-redis", "events, full command path, one event a command", Own(PAY + ["--data", "{dir}"], "result.rate", WINDOWS),
               "Redis streams, appendfsync always, 64 clients, not pipelined",
               Peer("Redis", ["--count", 200_000, "--clients", "64", "--pipeline", "1", "--record", RECORD]),
               3),
    Comparison("pay-writes", "the same as against NATS above, without a view (`projection = off`)",
               Own(PAY + ["--data", "{dir}"] + WRITES_ONLY, "result.rate", WINDOWS),
               "NATS JetStream, as above",
               Peer("Nats", ["--count", 200_000, "--record", RECORD], ("--in-flight", ["256", "512", "1024", "2048"])),
               2.5),
    Comparison("pay-redis-writes", "the same as against Redis above, without a view (`projection = off`)",
               Own(PAY + ["--data", "{dir}"] + WRITES_ONLY, "result.rate", WINDOWS),
               "Redis streams, as above",
               Peer("Redis", ["--count", 200_000, "--clients", "64", "--pipeline", "1", "--record", RECORD]),
               3),
    Comparison("actor", "records through the journal actor in packed commits (64 events a commit, 64 commits under way)",
               Own(["{journal}", "actor", "--record", RECORD, "--batch", "64", "--window", "64", "--count", 2_000_000]),
               "Redis streams, appendfsync always, 64 clients, pipelined 64",
               Peer("Redis", ["--count", 800_000, "--clients", "64", "--pipeline", "64", "--record", RECORD]),
               2),
    Comparison("remote", "durable commands from one remote client over loopback, packed",
               Own(PAY + ["--connect", "{server}"], "result.rate"),
               "the same in process", Own(PAY + ["--data", "{dir}"], "result.rate"), 0.7),
    Comparison("p99", "p99 of a single-event command at half of the peak rate",
               Own(HALF_OF_PEAK, "latency.commands.p99_us"), "p99 of a bare fdatasync loop", BARE_SYNC,
               3, "at most", "µs"),
    Comparison("p99-writes", "the same without a view (`projection = off`), at the same rate",
               Own(HALF_OF_PEAK + WRITES_ONLY, "latency.commands.p99_us"), "p99 of a bare fdatasync loop", BARE_SYNC,
               3, "at most", "µs"),
]

ALONE = [
    Alone("single-event commands on existing orders, in process", "pay", 100_000),
    Alone("the same without a view (`projection = off`)", "pay-writes", 100_000),
    Alone("submit_order of new three-line orders, in process, view made beside and not waited for", "submit", 50_000),
    Alone("the same without a view (`projection = off`, `scheduler-threads = 2`)", Own(
        SUBMIT + WRITES_ONLY_ORDERS + ["--window", "1024"], "result.orders_rate"), 50_000, rounds=5),
    Alone("submit_order at a fixed rate for 60 s, view made beside, orders", Own(
        LOAD + ["submit", "--duration", "60s", "--rate", "25500", "--data", "{dir}"], "result.orders_rate"), 25_000,
          more=[("view behind by at most", "view_lag.max_ms", 1000, "at most", "ms")]),
    Alone("journal alone, batches of 4,096 commits: bytes against a plain loop of the same writes with fdatasync",
          Own(["{journal}", "raw", "--count", 20], "ratio"), 0.8, unit="×", rounds=5,
          more=[("the same, batches of 512", "ratio_512", 0.8, "at least", "×"),
                ("the same, batches of 64", "ratio_64", 0.8, "at least", "×")]),
    Alone("latency of one single-event command alone, p50, against that of a bare fdatasync",
          Own(["{journal}", "latency", "--count", 40], "ratio"), 1.3, "at most", "×", rounds=5),
    Alone("memory per passivated order (heap, without SQLite's page caches)",
          Own(["{journal}", "memory", "--count", 600_000], "passivated_heap_bytes"), 64, "at most", "bytes",
          more=[("memory per resident order of three lines (the same)", "resident_heap_bytes", 3072, "at most", "bytes")]),
    Alone("node with 10 million events: ready after a clean stop",
          Own(["{journal}", "start", "--count", 10_000_000, "--rounds", "5"], "clean_seconds"), 1, "at most", "s",
          more=[("ready after kill -9 (the worst of five)", "killed_seconds_max", 3, "at most", "s")]),
    Alone("bringing back passivated orders", Own(["{journal}", "revive", "--count", 100_000]), 20_000, rounds=5),
    Alone("bytes on disk (segments and index) over the JSON text of the events, as `daybook events --json` prints them",
          Own(["{journal}", "bytes", "--count", 1_000_000], "ratio"), 1.25, "at most", "×",
          more=[("the same over that text without correlation and causation ids where they are the command's",
                 "ratio_without_equal_ids", 1.25, "at most", "×")]),
]

NOTES = """\
- Every acknowledgement of ours comes after `fdatasync`, with the digest chain, the index, idempotency by command id and the
  order's rules; the projection into SQLite runs beside, where nothing else is said. Without it (`projection = off`) the
  view stays where it is until it is rebuilt or the projection is on again: an order's history is still told, and nothing
  that needs the view is up to date; the queues of the others answer no questions either. What the others are asked for has
  no digests, no idempotency and no rules: their clients send what a verdict would be.
- PostgreSQL: default but for the settings named; commits wait for the WAL's `fdatasync` and share it (group commit). It is
  reached over its Unix socket, which is faster than TCP. A transaction is one pipeline of prepared statements, one round
  trip. Its data directory is new in each round, so that it pays nothing for old data; no checkpoint by time falls into a
  round.
- NATS acknowledges before anything is synced (its default; it syncs every two minutes): it may lose what it acknowledged
  when power is lost. Ours is compared with that nevertheless.
- Redis: the append-only file is synced before the replies of an event loop's turn; it is not rewritten while it is
  measured. An entry's explicit id (`VERSION-0`) is refused when it is not above the stream's last, which is less than our
  check of the version.
- Ours is in process, except where "remote" is said: callers share memory with the node, as an embedding host does. The
  peers' clients are processes of their own on the same machine and share its processors with the server, as ours do.
- Memory is the growth of what malloc has given out, when nothing is under way and the deadlines of answered requests are over
  (CAF keeps each until its time), without SQLite's page caches: they fill up to limits of their own. Latency, raw and revive are
  measured with data in the page cache; revive with commands that are refused, so that no write is in it.
- The record's size is the JSON text of one event without digest and framing; each system adds what it needs.
"""
