"""Makes the links of README.md absolute, for a package index, where it stands without the repository.

``python docs/absolute_links.py ADDRESS COMMIT`` changes the file in place; it is run before a package is built. In the
repository the links are relative, so that they work in every clone, fork and branch.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def absolute(text: str, address: str, commit: str) -> str:
    """Markdown whose links to files of the repository lead to ``address`` at a commit; pictures to their bytes.

    >>> absolute("[a](docs/a.md) ![b](b.png) [c](https://c.example/)", "https://host.example/zoo", "v1")
    '[a](https://host.example/zoo/blob/v1/docs/a.md) ![b](https://host.example/zoo/raw/v1/b.png) [c](https://c.example/)'
    """

    def link(match: re.Match[str]) -> str:
        kind = "raw" if match[1] else "blob"
        return f"{match[1]}[{match[2]}]({address}/{kind}/{commit}/{match[3]})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)", link, text)


if __name__ == "__main__":
    README.write_text(absolute(README.read_text(encoding="utf-8"), *sys.argv[1:]), encoding="utf-8")
