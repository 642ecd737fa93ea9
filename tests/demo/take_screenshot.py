"""Takes the README's picture of the demo: ``python tests/demo/take_screenshot.py``."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from demo_pen import draw_by_mouse  # noqa: E402
from demo_process import served_demo  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

MODEL = "lenet5.mnist"
DIGIT = "9"
TARGET = HERE.parent.parent / "docs" / "images" / "demo.png"


def main() -> None:
    """Draw a digit at the models of this machine, and save what the page looks like."""
    digits = json.loads((HERE / "digits.json").read_text(encoding="utf-8"))["digits"]
    strokes = next(digit["strokes"] for digit in digits if digit["label"] == DIGIT)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served_demo(Path(folder) / "log", "--model", MODEL) as (url, _),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": 1200, "height": 800})
        page.goto(url)
        page.wait_for_selector("#pad .paper.blank")
        for _ in range(2):  # the first drawing opens the model; the second shows its usual latency
            page.locator("#pad .clear").click()
            draw_by_mouse(page, strokes)
            page.wait_for_selector('.answer[data-state="answer"]')
            page.wait_for_timeout(1000)
        page.screenshot(path=TARGET)
        chromium.close()
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
