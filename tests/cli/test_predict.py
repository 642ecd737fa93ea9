"""``zoo predict``: pictures of every kind, and the bad ones."""

from __future__ import annotations

import csv
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from helpers import assert_one_message, change_manifest, run_zoo
from PIL import Image

import zoo
from zoo.cli.main import build_cli
from zoo.errors import ZooError
from zoo.plugins import load_plugins

MODEL = "lenet5.mnist"
KEYS = ["path", "label", "probability", "probabilities", "latency_ms"]


def predict(*arguments: str | Path) -> Result:
    """The verb in this process; an error that it raises is raised here."""
    result = CliRunner().invoke(build_cli(load_plugins()), ["predict", *map(str, arguments)])
    if isinstance(result.exception, ZooError):
        raise result.exception
    return result


def seven() -> Image.Image:
    picture = Image.new("L", (120, 120), 255)
    from PIL import ImageDraw

    ImageDraw.Draw(picture).line([(30, 25), (90, 25), (50, 100)], fill=0, width=10, joint="curve")
    return picture


def huge_png() -> bytes:
    """A valid 20000 x 20000 PNG of a few hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(20_000 * (1 + 20_000 // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_json_has_the_documented_keys(digit_png: Path) -> None:
    result = run_zoo("predict", MODEL, digit_png, "--json")
    assert result.returncode == 0, result.stderr
    (answer,) = json.loads(result.stdout)
    assert list(answer) == KEYS
    assert answer["path"] == str(digit_png)
    assert answer["label"] == "7"
    assert list(answer["probabilities"]) == list("0123456789")
    assert answer["probability"] == max(answer["probabilities"].values()) > 0.5
    assert answer["latency_ms"] > 0


def test_table_csv_folder_and_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    (folder / "inner").mkdir(parents=True)
    for name in ("a.png", "b.png", "inner/c.PNG"):
        seven().save(folder / name)
    (folder / "notes.txt").write_text("not a picture")

    table = predict(MODEL, folder)
    assert table.exit_code == 0
    assert [line.split()[1] for line in table.output.splitlines()[2:]] == ["7", "7", "7"]

    rows = list(csv.DictReader(io.StringIO(predict(MODEL, str(folder / "*.png"), "--csv").output)))
    assert [Path(row["path"]).name for row in rows] == ["a.png", "b.png"]
    assert {row["label"] for row in rows} == {"7"}
    assert sum(float(rows[0][f"probability_{digit}"]) for digit in range(10)) == pytest.approx(1, abs=1e-5)


def withhold_below(threshold: float, manifest: dict[str, Any]) -> None:
    manifest["rejection"] = {"threshold": threshold}


def test_an_answer_is_withheld_below_the_packs_threshold(own_pack: zoo.Pack, digit_png: Path) -> None:
    for threshold, rejected, shown in ((1.0, True, "not sure this is a digit"), (0.0, False, "7")):
        change_manifest(own_pack.folder, partial(withhold_below, threshold))
        assert shown in predict(own_pack.folder, digit_png).output.splitlines()[-1].split("  ")
        (answer,) = json.loads(predict(own_pack.folder, digit_png, "--json").output)
        assert list(answer) == [*KEYS, "rejected"]
        assert answer["rejected"] is rejected
        (row,) = csv.DictReader(io.StringIO(predict(own_pack.folder, digit_png, "--csv").output))
        assert row["rejected"] == str(rejected)


def test_many_pictures_show_progress_unless_quiet(tmp_path: Path) -> None:
    for number in range(25):
        seven().save(tmp_path / f"{number}.png")
    shown = run_zoo("predict", MODEL, tmp_path, "--json")
    assert "Predicting" in shown.stderr
    assert len(json.loads(shown.stdout)) == 25
    quiet = run_zoo("predict", MODEL, tmp_path, "--json", "--quiet")
    assert quiet.stderr == ""


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_processes_answer_what_one_answers_in_the_same_order(tmp_path: Path, form: list[str]) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(70):
        seven().rotate(number / 4, fillcolor=255).save(folder / f"{number}.png")
    (folder / "41.png").write_text("no picture")
    one, several = (run_zoo("predict", MODEL, folder, *form, "--jobs", str(jobs)) for jobs in (1, 3))
    assert one.returncode == several.returncode == 1
    assert "41.png" in several.stderr
    assert several.stderr == one.stderr
    assert len(one.stdout.splitlines()) >= 70

    def without_latency(text: str) -> object:
        if form == ["--json"]:
            answers = json.loads(text)
            return [{key: value for key, value in answer.items() if key != "latency_ms"} for answer in answers]
        if form == ["--csv"]:
            return [{**row, "latency_ms": ""} for row in csv.DictReader(io.StringIO(text))]
        return [line.split()[:-1] for line in text.splitlines()]

    assert without_latency(several.stdout) == without_latency(one.stdout)


def test_answers_come_one_by_one_and_paths_are_never_all_at_hand(tmp_path: Path, digit_png: Path) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield digit_png

    for jobs, ahead in ((1, 5), (2, 500)):
        taken = 0
        answers = zoo.predict(MODEL, endless(), jobs=jobs)
        assert [next(answers).label for _ in range(5)] == ["7"] * 5
        assert 5 <= taken <= ahead
        answers.close()  # ends the processes, too
    with pytest.raises(ZooError, match="jobs is 0"):
        zoo.predict(MODEL, digit_png, jobs=0)


def transparent() -> Image.Image:
    ink = Image.eval(seven(), lambda value: 255 - value)
    return Image.merge("LA", (Image.new("L", ink.size, 0), ink))


GOOD: dict[str, Callable[[Path], None]] = {
    "transparent.png": lambda path: transparent().save(path),
    "cmyk.jpg": lambda path: seven().convert("CMYK").save(path, quality=95),
    "sixteen_bit.png": lambda path: seven().convert("I;16").point(lambda value: value * 257).save(path),
    "palette.gif": lambda path: seven().convert("P").save(path),
    "one_bit.tif": lambda path: seven().convert("1").save(path),
    "white_on_black.png": lambda path: Image.eval(seven(), lambda value: 255 - value).save(path),
}


@pytest.mark.parametrize("name", GOOD)
def test_pictures_of_every_kind_are_read(tmp_path: Path, name: str) -> None:
    GOOD[name](tmp_path / name)
    (answer,) = json.loads(predict(MODEL, tmp_path / name, "--json").output)
    assert answer["label"] == "7"


def save_animation(path: Path) -> None:
    seven().save(path, save_all=True, append_images=[Image.eval(seven(), lambda value: 255 - value)], duration=100)


def save_truncated(path: Path) -> None:
    seven().save(path)
    path.write_bytes(path.read_bytes()[:200])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "not_an_image.png": (lambda path: path.write_text("hello"), "image"),
    "empty.png": (lambda path: path.write_bytes(b""), "empty"),
    "one_pixel.png": (lambda path: Image.new("L", (1, 1)).save(path), "Nothing is drawn"),
    "blank.png": (lambda path: Image.new("L", (90, 90), 255).save(path), "Nothing is drawn"),
    "huge.png": (lambda path: path.write_bytes(huge_png()), "too large"),
    "animated.gif": (save_animation, "2 frames"),
    "truncated.png": (save_truncated, "truncated.png"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_named_and_the_others_are_answered(tmp_path: Path, digit_png: Path, name: str) -> None:
    make, text = BAD[name]
    bad = tmp_path / name
    make(bad)
    result = predict(MODEL, bad, digit_png, "--json")
    assert result.exit_code == 1
    failed, answered = json.loads(result.stdout)
    assert failed["path"] == str(bad)
    assert list(failed) == ["path", "error"]
    assert answered["label"] == "7"
    (message,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert name in message
    assert text in message


def test_bad_pictures_give_one_clear_message_each(tmp_path: Path) -> None:
    make, text = BAD["huge.png"]
    make(tmp_path / "huge.png")
    assert_one_message(run_zoo("predict", MODEL, tmp_path / "huge.png"), "huge.png", text)
    assert_one_message(run_zoo("predict", MODEL, tmp_path / "absent.png"), "absent.png")
    assert_one_message(run_zoo("predict", MODEL, str(tmp_path / "*.jpg")), "No file matches")
    assert_one_message(run_zoo("predict", MODEL, tmp_path / "huge.png", "--runtime", "litrt"), "Did you mean 'litert'")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match="holds no pictures"):
        predict(MODEL, tmp_path)


def test_raw_skips_the_canvas(tmp_path: Path) -> None:
    # A digit as the network wants it: light on dark, 28 x 28; dark on light is then another image.
    light = Image.eval(seven(), lambda value: 255 - value).resize((28, 28), Image.Resampling.LANCZOS)
    light.save(tmp_path / "light.png")
    Image.eval(light, lambda value: 255 - value).save(tmp_path / "dark.png")
    paths = (tmp_path / "light.png", tmp_path / "dark.png")
    centred = json.loads(predict(MODEL, *paths, "--json").output)
    raw = json.loads(predict(MODEL, *paths, "--raw", "--json").output)
    assert [answer["label"] for answer in centred] == ["7", "7"]
    assert raw[0]["label"] == "7"
    assert raw[1]["probabilities"] != raw[0]["probabilities"]


def test_wrong_usage_exits_with_2(digit_png: Path) -> None:
    assert run_zoo("predict", MODEL).returncode == 2
    both = run_zoo("predict", MODEL, digit_png, "--json", "--csv")
    assert both.returncode == 2
    assert "exclude each other" in both.stderr
