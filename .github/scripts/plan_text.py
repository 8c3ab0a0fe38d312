"""Plans as Markdown: a line a root, and what would change below it, folded; no longer than GitHub takes."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

# The first line: by it the comment is found again.
MARK = "<!-- terraform-plan -->"
# https://docs.github.com/rest/issues/comments: of a comment and of an issue's body, in characters.
LARGEST = 65_536
CUT = "\n… cut here: the whole plan is in the run.\n"


def markdown(summary: dict[str, bool], texts: dict[str, str], *, run: str = "", largest: int = LARGEST) -> str:
    """Plans as Markdown.

    Args:
        summary: whether a root changes, by its name, in the order that they are shown in.
        texts: what Terraform says of a root, by its name.
        run: the URL of the run; "" for none.
        largest: how many characters there may be.
    """
    changing = [root for root, changes in summary.items() if changes]
    lines = [MARK, "### Terraform", "", "| root | plan |", "|---|---|"]
    lines += [f"| `{root}` | {'**changes**' if changes else 'unchanged'} |" for root, changes in summary.items()]
    lines += ["", f"[The run]({run})"] * bool(run)
    head = "\n".join(lines) + "\n"
    frames = {root: _frame(root, texts.get(root, "")) for root in changing}
    room = largest - len(head) - sum(len(before + after) for before, after in frames.values())
    shares = _shares({root: len(texts.get(root, "").strip()) for root in changing}, room)
    return head + "".join(
        before + _cut(texts.get(root, "").strip(), shares[root]) + after for root, (before, after) in frames.items()
    )


def _frame(root: str, text: str) -> tuple[str, str]:
    """What stands before and after a plan: a fence that is longer than any in it."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return (
        f"\n<details><summary><code>{root}</code></summary>\n\n{fence}terraform\n",
        f"\n{fence}\n\n</details>\n",
    )


def _shares(wanted: dict[str, int], room: int) -> dict[str, int]:
    """How many characters each gets: all that it wants, as long as that leaves the longer ones an equal share."""
    shares: dict[str, int] = {}
    for done, (root, want) in enumerate(sorted(wanted.items(), key=lambda each: each[1])):
        shares[root] = max(0, min(want, room // (len(wanted) - done)))
        room -= shares[root]
    return shares


def _cut(text: str, size: int) -> str:
    """The text, or its beginning and a word that there was more."""
    return text if len(text) <= size else text[: max(0, size - len(CUT))] + CUT[:size]


def failed(run: str) -> str:
    """What is said of a plan that could not be made."""
    return f"{MARK}\n### Terraform\n\nThere is not a plan for the newest commit: [the run]({run}) says why.\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the plans of a folder: summary.tsv, and a .txt a root."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with summary.tsv, and a .txt a root")
    parser.add_argument("--run", default="", metavar="URL", help="of the run")
    parser.add_argument("--result", default="success", help="of the job that planned")
    args = parser.parse_args(argv)
    if args.result != "success":
        sys.stdout.write(failed(args.run))
        return 0
    rows = (line.split("\t") for line in (args.folder / "summary.tsv").read_text(encoding="utf-8").splitlines())
    summary = {root: said == "changes" for root, said in rows}
    texts = {path.stem: path.read_text(encoding="utf-8") for path in args.folder.glob("*.txt")}
    sys.stdout.write(markdown(summary, texts, run=args.run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
