"""Kernels that start from a process which has already loaded what notebooks load.

Each notebook has a kernel of its own, so that a missing import is noticed; but to load IPython
and the model takes each a second of computing.  So one process loads them once, and each kernel
is a copy of it (a fork) with nothing in its namespace.  One kernel runs at a time.

Where a system has no fork, kernels start as Jupyter starts them.
"""

import gc
import json
import os
import select
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, NoReturn

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from refimpl.edition import load, published

LOADED: Final = (
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipywidgets",
    "networkx",
    "refimpl.conformance.measuring",
    "refimpl.lab.attacks",
    "refimpl.vectors.families",
    "refimpl.views.amended.lab",
    "refimpl.views.film.branching",
    "refimpl.views.graphs.modes",
    "refimpl.views.graphs.space",
    "refimpl.views.kit.menus",
    "refimpl.views.tables.traceability",
)
"""What is loaded once; whatever else a notebook needs, its kernel loads."""


class Kernels:
    """The process that kernels are copies of; it starts with the first of them and ends with
    the block it is used in.
    """

    def __init__(self) -> None:
        self._origin: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Kernels":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._origin is not None:
            with self._origin:
                pass  # which closes its input, and it ends

    def serve(self, manager: KernelManager) -> None:
        """Let a manager start its kernel as a copy, where the system can fork."""
        if hasattr(os, "fork"):
            spec = manager.kernel_spec
            manager.provisioner = _Copying(kernel_spec=spec, parent=manager)
            manager.provisioner.kernels = self

    def start(self, connection_file: str, environment: dict[str, str], folder: str) -> "Kernel":
        """Start a kernel that reads from that file where to listen."""
        if self._origin is None:
            command = [sys.executable, "-m", "refimpl.site.kernels"]
            # a debugger is loaded too, and would warn that it may miss breakpoints
            quiet = {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
            self._origin = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=quiet
            )
        orders, news = self._origin.stdin, self._origin.stdout
        assert orders
        assert news
        print(json.dumps([connection_file, environment, folder]), file=orders, flush=True)
        return Kernel(int(news.readline()), news)


class Kernel:
    """A kernel's process, as a provisioner asks about it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, news: IO[str]) -> None:
        self.pid = pid
        self._news = news
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self._status is None and select.select([self._news], [], [], 0)[0]:
            return self.wait()
        return self._status

    def wait(self) -> int:
        """Wait for its end and return how it ended."""
        if self._status is None:
            self._status = int(self._news.readline())
        return self._status

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class _Copying(LocalProvisioner):
    """Has a kernel started by `Kernels`; it leads a group of its own."""

    kernels: Kernels

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        connection_file = cmd[cmd.index("-f") + 1]
        folder = str(options["cwd"])
        kernel = self.kernels.start(connection_file, dict(options["env"]), folder)
        self.process = kernel  # type: ignore[assignment]  # it's asked for the same things
        self.pid = self.pgid = kernel.pid
        self.cwd = Path(folder)
        return self.connection_info


def _serve_copies(orders: IO[str], news: int) -> None:
    """Load everything; then, for each order, start a copy, say its number, and how it ended."""
    gc.disable()  # a kernel ends with its notebook, before there is much garbage
    for name in LOADED:
        import_module(name)
    for edition in published():
        load(edition)  # which keeps it
    gc.freeze()  # no copy that ends looks through what it did not make, and so copies no page
    for order in orders:
        pid = os.fork()
        if pid == 0:
            _become_kernel(*json.loads(order))
        os.write(news, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(news, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become_kernel(connection_file: str, environment: dict[str, str], folder: str) -> NoReturn:
    """Run a kernel until it is told to end."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = ""  # a kernel finds what lies in its folder
    options = (
        f"--IPKernelApp.parent_handle={os.getppid()}",  # with which it ends
        "--HistoryManager.enabled=False",
    )
    IPKernelApp.launch_instance(["-f", connection_file, *options])
    raise SystemExit


if __name__ == "__main__":
    _news = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a kernel prints is no news
    _orders = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    _serve_copies(_orders, _news)
