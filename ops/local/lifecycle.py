"""Starts, stops and empties the local AWS that the AWS CLI and `pipeline` use, and prints its environment."""

import json
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ops import settings as pipeline_settings
from ops.errors import CommandError, Exit
from ops.local import console, emulator
from ops.local.emulator import ACCOUNT, REGION
from ops.local.keep import Kept
from ops.local.stack import build_zips, provision
from ops.names import Names
from ops.settings import ROOT
from ops.show import note

FOLDER: Final = ROOT / ".local"

# A folder with `pipeline` alone: with all of .venv/bin on PATH, its Python would take the place of the shell's own.
BIN: Final = ROOT / "build" / "bin"


def up(folder: Path = FOLDER) -> Exit:
    """Start the local AWS if it is not running, and print its environment variables."""
    state = _state(folder)
    if state is not None:
        note("the local AWS is up already; make down stops it")
        if not console.answers(state.get("console")):
            page = console.wait(console.start(state["endpoint"], _run(folder)))
            state = _written({**state, "console": page}, folder)
        _print_environment(state)
        return Exit.DONE
    settings = pipeline_settings.load()
    note("packaging the three services")
    zips = build_zips()
    note("starting the local AWS")
    kept = Kept(folder=folder / "kept")
    port, aside = kept.opened()
    if aside is not None:
        note(f"what was in the local AWS does not fit this version; it starts empty, and the old data is in {aside}")
    process = emulator.start(detached=True, folder=_run(folder), port=port, variables=kept.environment())
    listens = int(process.endpoint.rsplit(":", 1)[1])
    if port not in {None, listens}:
        note(f"port {port} is taken by another program; this shell's environment must be set again")
    kept.close(listens)
    page = None
    try:
        # While the pipeline is made: it asks for nothing before somebody looks.
        page = console.start(process.endpoint, _run(folder))
        provision(process, settings, zips)
        state = {"pid": process.pid, "endpoint": process.endpoint, "name": settings.name, "console": console.wait(page)}
        _written(state, folder)
    except BaseException:
        console.end(page)
        process.end()
        raise
    _print_environment(state)
    note('up. eval "$(make -s up)" sets the environment of this shell; make down stops it and keeps what is in it')
    return Exit.DONE


def down(folder: Path = FOLDER) -> Exit:
    """Stop the local AWS; its images and messages are kept for the next `up`."""
    state = _state(folder)
    if state is None:
        note("the local AWS is not up")
        return Exit.DONE
    _end(state, folder)
    note("down; make up finds its images and messages again, make reset empties it")
    return Exit.DONE


def reset(folder: Path = FOLDER) -> Exit:
    """Stop the local AWS, and remove all its data."""
    state = _state(folder)
    if state is not None:
        _end(state, folder)
    shutil.rmtree(folder, ignore_errors=True)
    note("the local AWS is empty; make up starts it")
    return Exit.DONE


def env(folder: Path = FOLDER) -> Exit:
    """Print the environment variables of a running local AWS."""
    state = _state(folder)
    if state is None:
        raise CommandError("the local AWS is not up; make up starts it", Exit.NOT_FOUND)
    _print_environment(state)
    return Exit.DONE


def _print_environment(state: Mapping[str, Any]) -> None:
    names = Names(name=state["name"], account=ACCOUNT, region=REGION)
    for name, value in emulator.environment(state["endpoint"]).items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(_command_folder()))}:"$PATH"')
    note("upload:   pipeline upload FILE --wait")
    note(f"input:    s3://{names.input_bucket}/")
    note(f"outputs:  s3://{names.output_bucket}/")
    if state.get("console"):
        note(f"console:  {state['console']['address']}")
    else:
        note("the console did not come up; .local/run/console.log says why, and `pipeline console` starts another")


def _command_folder() -> Path:
    """A folder with this repository's `pipeline`, for PATH."""
    BIN.mkdir(parents=True, exist_ok=True)
    link = BIN / "pipeline"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(sys.executable).with_name("pipeline"))
    return BIN


def _state(folder: Path) -> dict[str, Any] | None:
    """State of the running local AWS; the files of one that has died are removed."""
    try:
        state: dict[str, Any] = json.loads(_state_file(folder).read_text(encoding="utf-8"))
        alive = emulator.answers(state["endpoint"])
    except (OSError, ValueError, KeyError):
        return None
    if not alive:
        _end(state, folder)
        return None
    return state


def _written(state: dict[str, Any], folder: Path) -> dict[str, Any]:
    _state_file(folder).write_text(json.dumps(state), encoding="utf-8")
    return state


def _end(state: Mapping[str, Any], folder: Path) -> None:
    console.end(state.get("console"))
    emulator.end_group(state["pid"], _run(folder))


def _run(folder: Path) -> Path:
    """Folder of its state, logs and temporary files, which exists while it runs."""
    return folder / "run"


def _state_file(folder: Path) -> Path:
    return _run(folder) / "state.json"
