"""Takes the README's pictures of the demo: ``python tests/demo/take_screenshot.py``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from demo_process import served_demo  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

IMAGES = HERE.parent.parent / "docs" / "images"
EASY, HARD = "A 9", "A 7 with a bar"  # of the page's own gallery
OPENING_MS = 120_000


def main() -> None:
    """Draw at the models of this machine, and save what the page looks like: the answer, and the comparison."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served_demo(Path(folder) / "log") as (url, _),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1240, "height": 1090})
        page.goto(url)
        for _ in range(2):  # the first drawing opens the model; the second shows its usual latency
            page.get_by_role("button", name=EASY, exact=True).click()
            page.wait_for_selector('.answer[data-state="answer"]')
            page.wait_for_timeout(1000)
        page.evaluate("scrollTo(0, 0)")
        gallery = page.get_by_role("heading", name="Real handwriting").bounding_box()
        assert gallery is not None
        end = gallery["y"] - 20  # what begins below would be cut
        page.screenshot(path=IMAGES / "demo.png", clip={"x": 0, "y": 0, "width": 1240, "height": end})

        page.get_by_role("button", name=HARD, exact=True).click()
        page.get_by_role("tab", name="Compare").click()
        page.wait_for_function(
            "() => document.querySelectorAll('.comparison').length && !document.querySelector('#compare .scroll')"
            ".textContent.includes('…')",
            timeout=OPENING_MS,
        )
        page.wait_for_timeout(1000)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=IMAGES / "demo_compare.png")
        chromium.close()
    for path in sorted(IMAGES.glob("demo*.png")):
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
