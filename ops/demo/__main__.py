"""`make demo`: the command line of the demo."""

import sys
from pathlib import Path

from ops.cli.options import FILE, command, option, timeout_option
from ops.cli.run import run
from ops.errors import Exit
from ops.places import ROOT


@command("python -m ops.demo --images ~/Pictures")
@option(
    "--images", type=FILE, metavar="DIR", help="Take the images of this folder (default: samples, in out/samples/)."
)
@option(
    "--out", type=FILE, default=ROOT / "out", metavar="DIR", help="Write the results to this folder (default: out/)."
)
@timeout_option("for outcomes", 600)
def demo(images: Path | None, out: Path, timeout: float) -> Exit:
    """Run images through the three services on the local AWS, and show what became of them."""
    from ops.demo.run import demo as run_demo

    # A ~ comes as it is from `make demo IMAGES=~/x` in dash and zsh.
    return run_demo(images.expanduser() if images else None, out, timeout)


if __name__ == "__main__":
    sys.exit(run(demo, program="python -m ops.demo"))
