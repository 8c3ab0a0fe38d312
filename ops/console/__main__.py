"""`python -m ops.console`: as `pipeline console`, for who starts it by this interpreter."""

import sys

from ops.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["console", *sys.argv[1:]]))
