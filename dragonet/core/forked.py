"""Refuse XLA in a forked process, where it would wait for ever.

XLA compiles and runs large programs on threads that it starts once. In a process forked from one that used XLA, these threads
do not exist. So there every use of XLA is refused with a sentence. All else works in a forked process: the native engine, which
starts threads of its own, building, saving and loading.
"""

import os
import sys
import threading
import weakref
from typing import Any

_SENTENCE = (
    "{who} needs XLA, which cannot run in this process: it was forked from one that had used JAX, and JAX's threads do not "
    "exist in it. Start processes with multiprocessing.get_context('spawn') or 'forkserver', or joblib's backend 'loky'. "
    "Models that the native engine runs train in forked processes too."
)
_xla_is_lost = False
_locks: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class Lock:
    """A lock that is free in a forked process: a thread that held it in the parent does not exist there to release it."""

    def __init__(self):
        self.renew()
        _locks.add(self)

    def renew(self) -> None:
        """Free it, whoever has it."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *failure: Any) -> None:
        self._lock.release()


def wait_for(lock: Any) -> None:
    """Let every fork wait until a library's lock is free: a child would never get a lock that is taken.

    lock: a context manager that its own thread may enter again.
    """

    def leave() -> None:
        lock.__exit__(None, None, None)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.__enter__, after_in_parent=leave, after_in_child=leave)


def xla_can_run() -> bool:
    """Whether XLA can run in this process."""
    return not _xla_is_lost


def check_xla(who: str) -> None:
    """Refuse in one sentence, instead of waiting for ever, where XLA cannot run in this process.

    Raises RuntimeError.
    """
    if not xla_can_run():
        raise RuntimeError(_SENTENCE.format(who=who))


def _jax_has_threads() -> bool:
    """Whether JAX has started a backend in this process; where this version of JAX cannot tell, whether JAX was imported."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bridge is not None and getattr(bridge, "backends_are_initialized", lambda: True)()


def _after_fork() -> None:
    global _xla_is_lost
    for lock in list(_locks):
        lock.renew()
    if _jax_has_threads() and not _xla_is_lost:
        import jax

        _xla_is_lost = True
        # Forget programs compiled before the fork: each has to be compiled again, which is refused. So jax.numpy is refused too
        # where a user calls it directly and no function of dragonet calls `check_xla`.
        jax.clear_caches()
        jax.monitoring.register_scalar_listener(_refuse_compiling)  # called when a stage of compiling begins
        jax.monitoring.register_event_duration_secs_listener(_refuse_compiling)  # and when it ends


def _refuse_compiling(event: str, *_values: Any, **_details: Any) -> None:
    if "jaxpr_to_mlir" in event:  # the first stage that uses threads
        check_xla("This computation")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
