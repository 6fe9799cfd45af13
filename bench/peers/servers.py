"""Private servers: each a process of ours in a directory of its own, on a free port of loopback, gone with its `with` block."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class Trouble(Exception):
    """Something that whoever runs this can do something about."""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def find_program(name, *more):
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *more]))
    if not found:
        raise Trouble(f"{name} is not installed; `./dev bench --peers` installs it from Debian's packages")
    return found


def first_line(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()


class Server:
    """Starts with `with`, and always ends with it: first asked, then killed, by its own process id and group."""

    stop_signal = signal.SIGTERM
    user = None

    def __init__(self, parent):
        self.dir = tempfile.mkdtemp(prefix="server-", dir=parent)
        os.chmod(self.dir, 0o711)
        self.port = free_port()
        self.process = None

    def __enter__(self):
        try:
            self.prepare()
            with open(os.path.join(self.dir, "log"), "wb") as log:
                self.process = subprocess.Popen(self.words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                start_new_session=True, cwd=self.dir, **self.identity())
            self.await_port()
            return self
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def prepare(self):
        pass

    def identity(self):
        return {}

    def await_port(self):
        until = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(self.dir, "log"), errors="replace") as log:
            raise Trouble(f"{type(self).__name__} did not start: {log.read()[-2000:]}")

    def stop(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Postgres(Server):
    client = "peer_postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint
    settings = ["synchronous_commit=on", "fsync=on", "shared_buffers=1GB", "wal_buffers=64MB", "max_wal_size=8GB",
                "checkpoint_timeout=30min", "wal_level=minimal", "max_wal_senders=0", "max_connections=200"]

    @staticmethod
    def program(name):
        # Debian keeps several versions side by side; 15 is what is asked for, another one is better than none.
        homes = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda home: ("/15/" not in home, home))
        return find_program(name, *homes)

    def identity(self):
        # It refuses to run as root.
        if os.geteuid() != 0:
            return {}
        account = pwd.getpwnam("postgres")
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def prepare(self):
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.dir, account.pw_uid, account.pw_gid)
        words = [self.program("initdb"), "-D", os.path.join(self.dir, "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                 "--locale", "C"]
        made = subprocess.run(words, capture_output=True, text=True, cwd=self.dir, **self.identity())
        if made.returncode != 0:
            raise Trouble(f"initdb failed; the directory must be reachable for the user postgres (--dir): {made.stderr[-500:]}")

    def words(self):
        words = [self.program("postgres"), "-D", os.path.join(self.dir, "data"), "-k", self.dir, "-h", "127.0.0.1", "-p",
                 str(self.port)]
        for each in self.settings:
            words += ["-c", each]
        return words

    def await_port(self):
        super().await_port()
        until = time.monotonic() + 30
        while subprocess.run([self.program("pg_isready"), "-q", "-h", self.dir, "-p", str(self.port)]).returncode != 0:
            if time.monotonic() > until:
                raise Trouble("PostgreSQL does not get ready")
            time.sleep(0.05)

    def address(self):
        return ["--connect", f"host={self.dir} port={self.port} user=postgres dbname=postgres"]

    @classmethod
    def version(cls):
        return first_line(cls.program("postgres"), "--version")


class Nats(Server):
    client = "peer_nats"
    settings = ["one server", "JetStream, file storage, one replica",
                "default sync_interval (2 min): acknowledged before it is synced"]

    def words(self):
        return [find_program("nats-server"), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd",
                os.path.join(self.dir, "data")]

    def address(self):
        return ["--url", f"nats://127.0.0.1:{self.port}", "--version", self.version().split("v")[-1]]

    @classmethod
    def version(cls):
        return first_line(find_program("nats-server"), "--version")


class Redis(Server):
    client = "peer_redis"
    settings = ["appendonly yes", "appendfsync always", 'save ""', "auto-aof-rewrite-percentage 0"]

    def words(self):
        words = [find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.dir]
        for each in self.settings:
            name, value = each.split(" ", 1)
            words += ["--" + name, value.strip('"')]
        return words

    def address(self):
        return ["--port", str(self.port)]

    @classmethod
    def version(cls):
        return first_line(find_program("redis-server"), "--version").split(" sha")[0]


class Daybookd(Server):
    """Ours as a service, for a remote client."""

    program = ""

    def __init__(self, work, settings=()):
        """`settings`: NAME=VALUE, where the defaults are not meant."""
        super().__init__(work)
        self.words_of_settings = [word for each in settings for word in ("--" + each.split("=", 1)[0], each.split("=", 1)[1])]

    def words(self):
        return [self.program, "--data", os.path.join(self.dir, "data"), "--listen", self.address(), "--log-level", "off",
                *self.words_of_settings]

    def address(self):
        return f"127.0.0.1:{self.port}"


SYSTEMS = {each.__name__: each for each in (Postgres, Nats, Redis)}
