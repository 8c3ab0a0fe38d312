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
from ops.local import console, detached, emulator, installation
from ops.local.emulator import ACCOUNT, REGION
from ops.local.keep import Kept
from ops.local.stack import build_zips, provision
from ops.places import LOCAL, LOCAL_UP, WORK
from ops.settings import PipelineSettings
from ops.show import note

FOLDER: Final = WORK / ".local"

# A folder with `pipeline` alone: with all of .venv/bin on PATH, its Python would take the place of the shell's own.
BIN: Final = WORK / "build" / "bin"


def up(folder: Path = FOLDER, *, settings_path: Path | None = None, as_json: bool = False) -> Exit:
    """Start the local AWS if it is not running, and print its environment variables.

    Args:
        folder: Folder of its state and data.
        settings_path: Path of pipeline.yaml; None for the one that ops/places.py finds.
        as_json: Whether the variables are printed as JSON, and not for a shell to evaluate.
    """
    state = _state(folder)
    if state is not None:
        note(f"the local AWS is up already; {LOCAL} down stops it")
        run = _run(folder)
        page = console.wait(state.get("console"), run)
        if page is None:
            page = console.wait(console.start(state["endpoint"], run, settings_path), run)
            state = _written({**state, "console": page}, folder)
        _print_environment(state, as_json=as_json)
        return Exit.DONE
    settings = pipeline_settings.load(settings_path)
    installation.prepare()
    note("packaging the three services")
    zips = build_zips(settings)
    note("starting the local AWS")
    kept = Kept(folder=folder / "kept")
    port, aside = kept.opened()
    if aside is not None:
        note(f"what was in the local AWS does not fit this version; it starts empty, and the old data is in {aside}")
    process = emulator.start(detached=True, folder=_run(folder), port=port, variables=kept.environment())
    listens = int(process.endpoint.rsplit(":", 1)[1])
    if port not in {None, listens}:
        note(f"port {port} is taken by another program; this shell's environment must be set again")
    page = None
    try:
        kept.close(listens)
        # While the pipeline is made: it asks for nothing before somebody looks.
        page = console.start(process.endpoint, _run(folder), settings_path)
        provision(process, settings, zips)
        state = {"pid": process.pid, "endpoint": process.endpoint, "console": console.wait(page, _run(folder))}
        state |= _places(settings)
        _written(state, folder)
    except BaseException:
        console.end(page, _run(folder))
        process.end()
        raise
    _print_environment(state, as_json=as_json)
    note(f"up. {LOCAL_UP} sets the environment of this shell; {LOCAL} down stops it and keeps what is in it")
    return Exit.DONE


def down(folder: Path = FOLDER) -> Exit:
    """Stop the local AWS; its images and messages are kept for the next `up`."""
    state = _state(folder)
    if state is None:
        note("the local AWS is not up")
        return Exit.DONE
    _end(state, folder)
    note(f"down; {LOCAL} up finds its images and messages again, {LOCAL} reset empties it")
    return Exit.DONE


def reset(folder: Path = FOLDER) -> Exit:
    """Stop the local AWS, and remove all its data."""
    state = _state(folder)
    if state is not None:
        _end(state, folder)
    shutil.rmtree(folder, ignore_errors=True)
    note(f"the local AWS is empty; {LOCAL} up starts it")
    return Exit.DONE


def env(folder: Path = FOLDER, *, as_json: bool = False) -> Exit:
    """Print the environment variables of a running local AWS; folder and as_json are as up has them."""
    state = _state(folder)
    if state is None:
        raise CommandError(f"the local AWS is not up; {LOCAL} up starts it", Exit.NOT_FOUND)
    _print_environment(state, as_json=as_json)
    return Exit.DONE


def _places(settings: PipelineSettings) -> dict[str, str]:
    """Where images are uploaded, and where outputs are stored."""
    names, buckets = settings.names(ACCOUNT, REGION), settings.buckets
    return {
        "name": settings.name,
        "input": f"{names.input_bucket}/{buckets.input.prefix}",
        "output": f"{names.output_bucket}/{buckets.output.prefix}",
    }


def _print_environment(state: Mapping[str, Any], *, as_json: bool) -> None:
    variables = emulator.environment(state["endpoint"])
    if as_json:
        print(json.dumps(variables))
    else:
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f'export PATH={shlex.quote(str(_command_folder()))}:"$PATH"')
    note("upload:   pipeline upload FILE --wait")
    for what, place in (("input:   ", state.get("input")), ("outputs: ", state.get("output"))):
        if place:  # not where an earlier release wrote the state
            note(f"{what} s3://{place}")
    if state.get("console"):
        note(f"console:  {state['console']['address']}")
    else:
        note(f"the console did not come up; {FOLDER}/run/console.log says why, and `pipeline console` starts another")


def _command_folder() -> Path:
    """A folder with this `pipeline`, for PATH."""
    BIN.mkdir(parents=True, exist_ok=True)
    link = BIN / "pipeline"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(sys.executable).with_name("pipeline"))
    return BIN


def _state(folder: Path) -> dict[str, Any] | None:
    """State of the running local AWS; one that hangs is ended, and the files of one that has died are removed."""
    try:
        state: dict[str, Any] = json.loads(_state_file(folder).read_text(encoding="utf-8"))
        if emulator.answers(state["endpoint"]):
            return state
        # On a busy machine it may take longer than one question waits.
        is_running = detached.is_running(emulator.lock_of(_run(folder)))
        if is_running and emulator.comes_up(state["pid"], lambda: emulator.answers(state["endpoint"])):
            return state
    except (OSError, ValueError, KeyError):
        return None
    _end(state, folder)
    return None


def _written(state: dict[str, Any], folder: Path) -> dict[str, Any]:
    _state_file(folder).write_text(json.dumps(state), encoding="utf-8")
    return state


def _end(state: Mapping[str, Any], folder: Path) -> None:
    console.end(state.get("console"), _run(folder))
    emulator.end_group(state["pid"], _run(folder))


def _run(folder: Path) -> Path:
    """Folder of its state, logs and temporary files, which exists while it runs."""
    return folder / "run"


def _state_file(folder: Path) -> Path:
    return _run(folder) / "state.json"
