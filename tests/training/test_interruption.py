"""A training that is killed goes on where it was, and ends where an uninterrupted one ends, to the bit."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import time
from pathlib import Path

import pytest
from helpers import run_zoo, same_weights, started_zoo, wait_for

import zoo
from zoo.errors import TrainingError

# Dropout, augmentation, a schedule with warm-up and a moving average: all that a resumed training could get wrong.
RECIPE = zoo.Recipe(
    dataset="digits",
    epochs=12,
    batch_size=64,
    schedule="one_cycle",
    weight_decay=1e-3,
    augmentation=zoo.Augmentation(rotation=10, shift=0.05),
    ema=0.9,
)


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe as JSON."""
    path = tmp_path_factory.mktemp("recipe") / "recipe.json"
    path.write_text(json.dumps(RECIPE.to_dict()))
    return path


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, recipe_file: Path) -> Path:
    """A folder in which a training was killed after its first finished epoch, without a chance to tidy up."""
    folder = tmp_path_factory.mktemp("killed")
    command = ("train", "mlp", "--dataset", "digits", "--recipe", recipe_file, "--seed", "3")
    with started_zoo(folder.parent / "killed.log", *command, "--output", folder / "pack") as process:
        wait_for(lambda: list(folder.glob(".pack.training-*/state.npz")), process)
        process.kill()
    assert not (folder / "pack").exists()
    return folder


@pytest.fixture
def remains(killed: Path, tmp_path: Path) -> Path:
    """A copy of what the killed training left."""
    return Path(shutil.copytree(killed, tmp_path / "remains"))


def train(output: Path, recipe: zoo.Recipe = RECIPE, seed: int = 3) -> zoo.Pack:
    """The training in this process, and told on standard error."""
    return zoo.train("mlp", dataset="digits", recipe=recipe, seed=seed, output=output, progress=True)


def test_a_killed_training_ends_where_an_uninterrupted_one_ends(
    remains: Path, recipe_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("train", "mlp", "--dataset", "digits", "--recipe", recipe_file, "--seed", "3")
    resumed = run_zoo(*command, "--output", remains / "pack")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.splitlines()[0].startswith("Resuming mlp.digits after epoch ")
    done = int(resumed.stderr.split("after epoch ")[1].split()[0])
    assert 1 <= done < RECIPE.epochs
    assert f"epoch {done}/" not in resumed.stderr  # no epoch twice
    assert f"epoch {done + 1}/{RECIPE.epochs}" in resumed.stderr
    assert [path.name for path in remains.iterdir()] == ["pack"]  # the state is gone

    whole = train(tmp_path / "whole")
    assert "Resuming" not in capsys.readouterr().err
    assert same_weights(remains / "pack", whole.folder)

    def rows(folder: Path) -> list[str]:
        return [line.rpartition(",")[0] for line in (folder / "history.csv").read_text().splitlines()]  # no seconds

    assert rows(remains / "pack") == rows(whole.folder)
    ours = zoo.get_pack(remains / "pack").manifest
    assert ours["metrics"] == whole.manifest["metrics"]
    assert ours["temperature"] == whole.manifest["temperature"]


@pytest.mark.parametrize(
    "change", [{"learning_rate": 2e-3}, {"epochs": 2}, {"ema": 0.0}, {"augmentation": None}, {"seed": 4}]
)
def test_other_settings_start_anew(
    remains: Path, change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = change.pop("seed", 3)
    recipe = dataclasses.replace(RECIPE, **{"epochs": 1, **change})  # type: ignore[arg-type]
    assert isinstance(seed, int)
    train(remains / "pack", recipe, seed)
    told = capsys.readouterr().err
    assert "Resuming" not in told
    assert "epoch 1/" in told
    assert list(remains.glob(".pack.training-*/state.npz"))  # the other training can still go on


@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "one byte"])
def test_a_damaged_state_is_refused(remains: Path, damage: str) -> None:
    (state,) = remains.glob(".pack.training-*/state.npz")
    data = state.read_bytes()
    middle = len(data) // 2
    state.write_bytes(
        {
            "truncated": data[:middle],
            "garbage": b"garbage" * 100,
            "empty": b"",
            "one byte": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        }[damage]
    )
    with pytest.raises(TrainingError, match=r"The saved state .*state\.npz' cannot be used: .*Remove its folder"):
        train(remains / "pack")
    assert not (remains / "pack").exists()


def test_what_a_crash_left_of_a_state_is_never_read(remains: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state,) = remains.glob(".pack.training-*/state.npz")
    state.rename(state.with_name("state.npz.4194304.tmp"))  # it died before the rename
    with pytest.raises(KeyboardInterrupt):
        zoo.train("mlp", dataset="digits", recipe=RECIPE, seed=3, output=remains / "pack", on_epoch=stop)
    assert state.exists()
    assert "Resuming" not in capsys.readouterr().err


def stop(row: dict[str, float]) -> None:
    """Interrupt a training after an epoch."""
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_training_that_is_stopped_within_python_goes_on_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = dataclasses.replace(RECIPE, epochs=3)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            zoo.train("mlp", dataset="digits", recipe=recipe, output=tmp_path / "pack", on_epoch=stop)
    train(tmp_path / "pack", recipe, seed=0)
    assert "Resuming mlp.digits after epoch 2 of 3" in capsys.readouterr().err
    whole = train(tmp_path / "whole", recipe, seed=0)
    assert same_weights(tmp_path / "pack", whole.folder)


@pytest.mark.parametrize("moment", ["while it trains", "while it starts"])
def test_ctrl_c_is_one_message_and_leaves_nothing_half_written(tmp_path: Path, recipe_file: Path, moment: str) -> None:
    folder, log = tmp_path / "packs", tmp_path / "log"
    command = ("train", "mlp", "--dataset", "digits", "--recipe", recipe_file, "--epochs", "500", "--quiet")
    with started_zoo(log, *command, "--output", folder / "pack") as process:
        wait_for(folder.exists, process)  # the command is past its start-up and loads Keras
        if moment == "while it trains":
            wait_for(lambda: list(folder.glob(".pack.training-*/state.npz")), process)
        else:
            time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
    text = log.read_text()
    assert text.count("Interrupted.") == 1
    assert len(text.strip().splitlines()) == 1, text
    assert [path.name for path in folder.rglob("*") if path.is_file()] in ([], ["state.npz"])
