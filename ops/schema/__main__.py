"""`make generate`: writes the files that are generated from the model."""

import os
import sys

from ops.schema.files import generated


def main() -> int:
    """Write what has changed, and name it."""
    for path, text in generated().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {os.path.relpath(path)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
