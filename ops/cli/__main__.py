"""`python -m ops.cli`: the `pipeline` command, started by this interpreter."""

import sys

from ops.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
