"""The backend process: `python -m backend.server`, settings on the first line of standard input.

Exit codes: 0 asked to stop, 2 settings or files that need a person (one line on standard error), 1 anything else.
"""

import asyncio
import contextlib
import ctypes
import gc
import json
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from pydantic import ValidationError

from backend.conversations import Conversations
from backend.drift import FILE as DRIFT_FILE
from backend.pipeline import Pipeline
from backend.policy.profile import Profile, ProfileBook, myself
from backend.recorder import Recorder
from backend.scoring import Model, ScoringThread, step
from backend.settings import SELFTEST_PROFILE, STATUS_TOKEN_FILE, BackendSettings, SettingsError, read_settings
from backend.status import StatusBoard
from backend.store.clients import drop_clients, profiles, put_profile
from backend.store.database import DATABASE_FILE, Writer, open_engine
from backend.store.errors import StoreError
from backend.store.keys import load_key
from backend.store.retention import DAY_S, purge
from backend.store.store import Store
from backend.web.api import make_code
from backend.web.app import make_app
from backend.web.context import Context
from backend.web.feed import status_for
from backend.web.feed_hub import FeedHub
from proxy.message import Turn
from proxy.parent import until_gone

logger = logging.getLogger(__name__)


class StartError(Exception):
    """One line that says why the backend cannot start and what to do."""


def load_model(folder: Path | None) -> Model:
    """Load the model and let it judge one sentence. Raises StartError."""
    from classifiers.judge import Judge, ModelError

    try:
        judge = Judge.load(folder)
    except ModelError as problem:
        raise StartError(str(problem)) from None
    warm = judge.start((Turn("user", "Good morning."),), "assistant")
    step(judge, warm, "Good morning. How are you today?", final=True)
    return judge


def open_store(settings: BackendSettings) -> Store:
    """Open database and key. Raises StartError."""
    try:
        engine = open_engine(settings.data, settings.store)
        key = load_key(settings.data)
    except StoreError as problem:
        raise StartError(str(problem)) from None
    except (OSError, ValueError) as problem:
        raise StartError(
            f"the key in {settings.data} cannot be read: {problem}; restore it or use --data DIR"
        ) from None
    return Store(engine, key, str(settings.data / DATABASE_FILE))


def load_profiles(store: Store, settings: BackendSettings) -> ProfileBook:
    """Every kept profile; what the settings say of one holds."""
    asked = [
        myself(one.name, one.age, one.kind, one.language, one.country)
        for one in (settings.default_profile, *settings.profiles)
    ]
    for profile in asked:
        put_profile(store, profile.name, profile.model_dump_json())
    kept: dict[str, Profile] = {}
    for name, text in profiles(store).items():
        try:
            kept[name] = Profile.model_validate_json(text)
        except ValidationError:
            logger.error("the kept settings of profile %s cannot be read; name it in the configuration again", name)
    return ProfileBook(asked[0], kept)


@contextlib.asynccontextmanager
async def serving(settings: BackendSettings, model: Model) -> AsyncIterator[Context]:
    """A running backend: store open, listening, all stations joined. Raises StartError."""
    writer = Writer()
    store = await writer(open_store, settings)
    book = await writer(load_profiles, store, settings)
    listener = _listen(settings)
    host, port = listener.getsockname()[:2]
    status = StatusBoard(f"http://{host}:{port}", model.name, kept=settings.data / DRIFT_FILE)
    hub = FeedHub()
    recorder = Recorder(store, writer, hub, status.on_change)
    status.trouble = lambda: recorder.trouble
    scoring = ScoringThread(model)
    pipeline = Pipeline(scoring, recorder, Conversations(store.key), book, status, hub.live)
    context = Context(
        store, writer, book, status, hub, pipeline, settings.link_token, settings.control_token, port=port
    )
    status.watchers.add(lambda: hub.everyone(lambda client: status_for(context, client)))
    await writer(drop_clients, store, SELFTEST_PROFILE)
    await _purge(context, settings.retention_days)
    context.status_token = await asyncio.to_thread(_write_status_token, settings.data)
    context.code, _ = await make_code(context, book.default.name, "owner")
    runner = web.AppRunner(make_app(context), access_log=None, shutdown_timeout=2.0, handle_signals=False)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    purging = asyncio.create_task(_purge_daily(context, settings.retention_days), name="retention")
    try:
        yield context
    finally:
        purging.cancel()
        await pipeline.close()
        await runner.cleanup()
        await recorder.close()
        scoring.close()
        await asyncio.to_thread(writer.close)
        store.engine.dispose()


def _listen(settings: BackendSettings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        return listener
    except OSError as problem:
        raise StartError(
            f"port {settings.port} on {settings.host} cannot be used ({problem.strerror}): "
            "stop the program that has it, or choose another with --port"
        ) from None


def _write_status_token(folder: Path) -> str:
    """A new token in a file that only this user can read. Raises StartError."""
    token, path = secrets.token_urlsafe(24), folder / STATUS_TOKEN_FILE
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token)
    except OSError as problem:
        raise StartError(f"{path} cannot be written ({problem.strerror}): give this user write access") from None
    return token


def _release_memory() -> None:
    """Loading the model leaves some 10 MB of freed memory with the allocator; glibc gives it back when asked."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


async def _purge(context: Context, days: int) -> None:
    try:
        await context.writer(purge, context.store, days)
    except StoreError as problem:
        logger.error("old records are not deleted: %s", problem)


async def _purge_daily(context: Context, days: int) -> None:
    while True:
        await asyncio.sleep(DAY_S)
        await _purge(context, days)


async def run(settings: BackendSettings) -> None:
    """Serve until a signal or the parent's end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    model = await asyncio.to_thread(load_model, settings.model)
    async with serving(settings, model) as context:
        # what lives now lives for good: later collections need not look at it
        gc.collect()
        gc.freeze()
        _release_memory()
        first = {"listening": context.port, "model": model.name, "pairing_code": context.code}
        print(json.dumps(first), flush=True)
        orphaned = asyncio.create_task(until_gone(settings.parent_pid or 0))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({orphaned, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (orphaned, stopped):
            task.cancel()


def main() -> int:
    """Read the settings and serve. Returns the exit code."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="backend: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = read_settings(sys.stdin.readline())
        asyncio.run(run(settings))
    except (SettingsError, StartError, StoreError) as problem:
        print(f"backend: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
