"""The trainer, on scikit-learn's digits: what it writes, what decides the result, and what it refuses."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import (
    TINY_BATCH,
    assert_one_message,
    make_distribution,
    run_zoo,
    same_weights,
    tree,
    weights,
    without_packages,
)
from PIL import Image

import zoo
from zoo.errors import DatasetError, PackError, RecipeError, TrainingError, UnknownNameError
from zoo.training.epochs import epoch_arrays
from zoo.training.plan import TrainingPlan

TINY = zoo.Recipe(dataset="digits", epochs=2, batch_size=TINY_BATCH, learning_rate=3e-3)
ONE_EPOCH = dataclasses.replace(TINY, epochs=1)
# Each step multiplies the kernels by -999. Whole numbers, as JSON may hold them.
EXPLODING = {"learning_rate": 100, "weight_decay": 10, "schedule": "constant"}


def history(folder: Path) -> list[dict[str, float]]:
    """The rows of ``history.csv``."""
    with (folder / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


# -- what a training leaves ---------------------------------------------------------------------------------------


def test_a_pack_is_complete(trained: Path, digits: zoo.Dataset) -> None:
    assert sorted(tree(trained)) == [
        "README.md",
        "confusion_matrix.png",
        "evaluation.json",
        "history.csv",
        "model.keras",
        "pack.json",
    ]
    assert [path.name for path in trained.parent.iterdir() if path.name.startswith(".")] == []  # no state, no remains
    pack = zoo.get_pack(trained)
    manifest = pack.manifest
    assert (pack.id, pack.architecture, pack.tag) == ("lenet5.digits", "lenet5", "digits")
    assert manifest["dataset"] == {"name": "digits", "digests": dict(digits.digests)}
    assert manifest["seed"] == 0
    assert manifest["input"] == {"name": "image", "dtype": "float32", "range": [0, 1], "shape": [28, 28, 1]}
    assert pack.classes == list("0123456789")
    assert zoo.Recipe.from_dict(manifest["recipe"]).epochs == 3
    assert {"python", "digit-zoo", "keras", "tensorflow", "numpy"} <= set(manifest["versions"])
    assert pack.parameters == 61_706  # LeNet-5's figure in many a textbook
    assert pack.macs == 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 400 * 120 + 120 * 84 + 84 * 10
    assert pack.size_bytes == (trained / "model.keras").stat().st_size
    assert pack.formats == ["keras"]
    assert 0.6 < pack.accuracy <= 1
    assert manifest["metrics"]["accuracy_low"] < pack.accuracy < manifest["metrics"]["accuracy_high"]
    assert manifest["metrics"]["images"] == len(digits.test)


def test_the_history_has_a_row_per_epoch(trained: Path) -> None:
    rows = history(trained)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert list(rows[0]) == [
        "epoch",
        "accuracy",
        "loss",
        "val_accuracy",
        "val_loss",
        "learning_rate",
        "seconds",
    ]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert rows[0]["learning_rate"] > rows[-1]["learning_rate"]  # cosine
    assert all(row["seconds"] > 0 for row in rows)


def test_the_card_tells_what_the_manifest_holds(trained: Path) -> None:
    pack = zoo.get_pack(trained)
    card = (trained / "README.md").read_text()
    front = card.split("---")[1]
    assert "license: apache-2.0" in front
    assert "pipeline_tag: image-classification" in front
    assert f"value: {pack.accuracy:.6f}" in front
    assert "# lenet5.digits" in card
    assert f"{pack.parameters:,}" in card
    assert "[model.keras](model.keras)" in card
    assert '"batch_size": 64' in card


def test_the_keras_file_answers_as_the_evaluation_says(trained: Path, digits: zoo.Dataset) -> None:
    answers = zoo.load(trained, "keras").run(digits.test.scaled()).argmax(axis=1)
    assert (answers == digits.test.labels).mean() == zoo.get_pack(trained).accuracy


# -- what decides the result --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mlp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with dropout, trained with seed 0."""
    recipe = dataclasses.replace(TINY, augmentation=zoo.Augmentation(shift=0.1))
    return zoo.train("mlp", recipe=recipe, dataset="digits", output=tmp_path_factory.mktemp("mlp") / "pack").folder


def test_the_seed_decides_every_bit(mlp: Path, tmp_path: Path) -> None:
    recipe = zoo.Recipe.from_dict(zoo.get_pack(mlp).manifest["recipe"])
    again = zoo.train("mlp", recipe=recipe, dataset="digits", output=tmp_path / "again").folder
    assert same_weights(mlp, again)
    assert zoo.get_pack(again).manifest["metrics"] == zoo.get_pack(mlp).manifest["metrics"]
    other = zoo.train("mlp", recipe=recipe, dataset="digits", seed=1, output=tmp_path / "other").folder
    assert not same_weights(mlp, other)
    assert zoo.get_pack(other).manifest["seed"] == 1


def test_the_final_run_of_a_recipe_trains_on_the_validation_images_too(tmp_path: Path, digits: zoo.Dataset) -> None:
    seen = len(digits.train) + len(digits.validation)
    final = dataclasses.replace(ONE_EPOCH, hold_out=False, temperature=1.5, batch_size=seen)
    pack = zoo.train("softmax_regression", dataset="digits", recipe=final, output=tmp_path / "pack")
    assert pack.temperature == 1.5
    assert list(history(pack.folder)[0]) == ["epoch", "accuracy", "loss", "learning_rate", "seconds"]  # no validation
    manifest = json.loads((pack.folder / "pack.json").read_text())
    assert manifest["recipe"]["batch_size"] == seen  # one step took them all; a larger batch would have been cut down
    assert manifest["metrics"]["images"] == len(digits.test)
    card = (pack.folder / "README.md").read_text(encoding="utf-8")
    assert "| temperature | 1.5000, given by the recipe |" in card
    assert "On the training part of digits, its validation images included, seed 0" in card


def test_each_epoch_has_an_order_of_its_own(digits: zoo.Dataset) -> None:
    plan = TrainingPlan(zoo.get_architecture("mlp"), "digits", TINY, digits, seed=0, target=Path("pack"))
    first, labels = epoch_arrays(plan, epoch=0)
    assert first.shape == (len(digits.train) // TINY_BATCH * TINY_BATCH, 28, 28, 1)
    assert (labels.sum(axis=1) == 1).all()
    again, _ = epoch_arrays(plan, epoch=0)
    assert (first == again).all()
    for seed, epoch in ((0, 1), (1, 0)):
        other, _ = epoch_arrays(dataclasses.replace(plan, seed=seed), epoch)
        assert (first != other).any()
    # Every image at most once, with its label.
    known = {image.tobytes(): label for image, label in zip(digits.train.scaled(), digits.train.labels, strict=True)}
    assert len({image.tobytes() for image in first}) >= len(first) - (len(digits.train) - len(known))
    assert all(
        np.abs(image - 0).max() <= 1 and known.get(image.tobytes(), label.argmax()) == label.argmax()
        for image, label in zip(first, labels, strict=True)
    )


def test_a_recipe_of_many_images_per_step_takes_what_there_is(tmp_path: Path) -> None:
    recipe = dataclasses.replace(ONE_EPOCH, batch_size=100_000)
    pack = zoo.train("softmax_regression", recipe=recipe, output=tmp_path / "pack", dataset="digits")
    assert pack.manifest["recipe"]["batch_size"] == 1257  # what was done, not what was asked for


def test_sgd_without_momentum_takes_the_zero_that_json_has(tmp_path: Path) -> None:
    recipe = zoo.Recipe.from_dict({"dataset": "digits", "epochs": 1, "optimizer": "sgd", "betas": [0, 0.9]})
    assert zoo.train("softmax_regression", dataset="digits", recipe=recipe, output=tmp_path / "pack").accuracy > 0.1


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_every_optimizer_and_schedule_learns(tmp_path: Path, optimizer: str, schedule: str) -> None:
    recipe = zoo.Recipe(
        dataset="digits",
        epochs=3,
        batch_size=32,
        optimizer=optimizer,
        schedule=schedule,
        learning_rate=1e-2,
        weight_decay=1e-3,
        label_smoothing=0.05,
    )
    pack = zoo.train("softmax_regression", recipe=recipe, dataset="digits", output=tmp_path / "pack")
    assert pack.accuracy > 0.8
    rates = [row["learning_rate"] for row in history(pack.folder)]
    if schedule == "constant":
        assert rates == pytest.approx([1e-2] * 3)
    else:
        assert rates[0] > rates[1] > rates[2]  # warm-up ends within the first epoch
        assert rates[2] == pytest.approx(0, abs=1e-6)


# -- where packs go -----------------------------------------------------------------------------------------------


def test_places_overwriting_and_seeds(zoo_home: Path) -> None:
    def train(seed: int, overwrite: bool = False) -> zoo.Pack:
        return zoo.train("softmax_regression", dataset="digits", recipe=ONE_EPOCH, seed=seed, overwrite=overwrite)

    def own() -> list[str]:
        return [pack.id for pack in zoo.list_models() if not pack.bundled]

    home = zoo_home / "packs" / "softmax_regression.digits"
    assert train(1).folder == home / "seeds" / "1"
    assert own() == []  # seed 0 is the model
    assert train(0).folder == home
    assert own() == ["softmax_regression.digits"]
    before = weights(home)
    with pytest.raises(PackError, match=r"holds a pack already; add --overwrite"):
        train(0)
    with pytest.raises(PackError, match=r"holds a pack already"):
        train(1)
    recipe = dataclasses.replace(ONE_EPOCH, learning_rate=1e-2)
    zoo.train("softmax_regression", dataset="digits", recipe=recipe, overwrite=True)
    after = weights(home)
    assert any(before[name].tobytes() != after[name].tobytes() for name in before)
    assert zoo.get_pack(home / "seeds" / "1").manifest["seed"] == 1  # a replaced pack keeps the other seeds
    assert [path.name for path in home.parent.iterdir()] == [home.name]
    assert zoo.get_pack("softmax_regression.digits").manifest["recipe"]["learning_rate"] == 1e-2


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Rights of an ordinary user, and a folder that such a user may not write to."""
    import tempfile

    from zoo.training import trainer  # noqa: F401 - such a user may not be able to read this environment

    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)  # type: ignore[attr-defined, unused-ignore]
    try:
        yield folder
    finally:
        if root:
            os.setresuid(0, 0, 0)  # type: ignore[attr-defined, unused-ignore]
        folder.rmdir()


def test_a_folder_that_is_not_writable_is_refused(unprivileged: Path) -> None:
    with pytest.raises(PackError, match=r"cannot be made: Permission denied\. Give another --output, or set ZOO_HOME"):
        zoo.train("mlp", dataset="digits", output=unprivileged / "pack")
    with pytest.raises(PackError, match=r"cannot be made: Permission denied"):
        zoo.train("mlp", dataset="digits", output=unprivileged / "new" / "pack")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder is needed that nobody can write into")
def test_a_folder_that_not_even_root_can_make_is_refused() -> None:
    with pytest.raises(PackError, match=r"The folder '/proc/pack' cannot be made: .*Give another --output"):
        zoo.train("mlp", dataset="digits", output="/proc/pack")


def test_more_plain_epochs_than_epochs_are_all_plain(tmp_path: Path) -> None:
    recipe = dataclasses.replace(TINY, epochs=3, plain_epochs=2)
    pack = zoo.train("softmax_regression", dataset="digits", recipe=recipe, epochs=1, output=tmp_path / "pack")
    assert (pack.manifest["recipe"]["epochs"], pack.manifest["recipe"]["plain_epochs"]) == (1, 1)


def test_outputs_that_are_taken_are_refused(tmp_path: Path, trained_copy: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("mine")
    before = tree(tmp_path)
    for output, text in (
        (tmp_path / "file", "is a file; give a folder"),
        (tmp_path / "file" / "pack", "cannot be made: "),
        (tmp_path / "full", "holds something that is no pack; give an empty or a new folder"),
        (trained_copy, "holds a pack already; add --overwrite, or give another --output"),
    ):
        with pytest.raises(PackError, match=text):
            zoo.train("mlp", dataset="digits", output=output)
    with pytest.raises(PackError, match=r"holds something that is no pack"):  # --overwrite replaces packs only
        zoo.train("mlp", dataset="digits", output=tmp_path / "full", overwrite=True)
    assert tree(tmp_path) == before


def test_without_keras_the_extra_is_named_at_once(tmp_path: Path) -> None:
    """Before the data set asks for a smaller extra, which would not be enough."""
    blocked = without_packages(tmp_path / "blocked", "keras", "tensorflow", "sklearn")
    result = run_zoo("train", "mlp", "--dataset", "digits", "--output", tmp_path / "new", PYTHONPATH=blocked)
    assert_one_message(result, "pip install 'digit-zoo[train]'")
    assert not (tmp_path / "new").exists()


# -- wrong input --------------------------------------------------------------------------------------------------


def test_wrong_names_and_values_are_refused(tmp_path: Path) -> None:
    output = tmp_path / "pack"
    with pytest.raises(UnknownNameError, match=r"Unknown architecture 'lenet4'. Did you mean 'lenet5'"):
        zoo.train("lenet4", output=output)
    with pytest.raises(UnknownNameError, match=r"Unknown tag of lenet5 'mnits'. Did you mean 'mnist'"):
        zoo.train("lenet5.mnits", output=output)
    with pytest.raises(UnknownNameError, match=r"Unknown dataset 'digit'. Did you mean 'digits'"):
        zoo.train("lenet5", dataset="digit", output=output)
    with pytest.raises(RecipeError, match=r"epochs is 0"):
        zoo.train("lenet5", dataset="digits", epochs=0, output=output)
    for seed in (-1, 1.5, True):
        with pytest.raises(TrainingError, match=r"seed is"):
            zoo.train("lenet5", dataset="digits", seed=seed, output=output)  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match=r"There is no folder"):
        zoo.train("lenet5", dataset="folder:/nowhere", output=output)
    assert not output.exists()


@pytest.mark.parametrize("model", ["mlp./../../escaped", "mlp.a/b", "mlp...", "mlp.A", "mlp.x y", "mlp.\0"])
def test_a_tag_is_a_plain_name(zoo_home: Path, model: str) -> None:
    with pytest.raises(zoo.ZooError, match=r"lower-case letters, digits"):
        zoo.train(model, dataset="digits", recipe=ONE_EPOCH)
    assert not zoo_home.exists()


def test_a_loss_that_is_no_number_stops_the_training(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({**TINY.to_dict(), **EXPLODING}))
    folder = tmp_path / "packs"
    result = run_zoo("train", "lenet5", "--dataset", "digits", "--recipe", recipe, "--output", folder / "pack")
    assert_one_message(result, "The loss became nan in epoch 1", "Lower the learning rate (100)")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("hold_out", [True, False])
@pytest.mark.parametrize("epochs", [1, 2, 3, 4])
def test_weights_that_broke_in_the_last_step_are_no_model(tmp_path: Path, epochs: int, hold_out: bool) -> None:
    """One step an epoch: the loss is that before the step, and tells nothing of what came out of it."""
    settings = {"dataset": "digits", "epochs": epochs, "batch_size": 2_000, "hold_out": hold_out, "temperature": 1}
    recipe = zoo.Recipe.from_dict({**settings, **EXPLODING})
    try:
        pack = zoo.train("lenet5", recipe=recipe, dataset="digits", output=tmp_path / "pack")
    except TrainingError as error:
        assert "became" in str(error)
        assert not (tmp_path / "pack").exists()
    else:
        assert all(np.isfinite(array).all() for array in weights(pack.folder).values())


@pytest.mark.slow
def test_an_architecture_of_another_output_is_refused(tmp_path: Path) -> None:
    make_distribution(
        tmp_path / "site",
        "zoo-odd",
        """
        import zoo

        ZOO_API_VERSION = 1

        def build(input_shape, num_classes):
            import keras

            return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(num_classes)])

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register(zoo.Architecture("odd", build, "", "", "MIT", {"digits": zoo.Recipe(dataset="digits")}))
        """,
    )
    result = run_zoo("train", "odd", "--output", tmp_path / "pack", PYTHONPATH=str(tmp_path / "site"))
    assert_one_message(result, "'odd'", "(None, 28, 28, 10)", "logits of shape (None, 10)")


# -- the rest -----------------------------------------------------------------------------------------------------


def test_progress_and_tensorboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logs = tmp_path / "logs"
    zoo.train(
        "softmax_regression", dataset="digits", recipe=TINY, output=tmp_path / "a", tensorboard=logs, progress=True
    )
    told = capsys.readouterr()
    assert told.out == ""
    lines = [line for line in told.err.splitlines() if "epoch " in line]
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        assert f"epoch {number}/2" in line
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "left"):
            assert name in line
    scalars = {}
    for part in ("train", "validation"):
        events = EventAccumulator(str(logs / part)).Reload()
        scalars[part] = [
            (event.step, float(np.frombuffer(event.tensor_proto.tensor_content, np.float32)[0]))
            for event in events.Tensors("epoch_loss")
        ]
    rows = history(tmp_path / "a")
    assert [step for step, _ in scalars["train"]] == [0, 1]
    assert [value for _, value in scalars["train"]] == pytest.approx([row["loss"] for row in rows])
    assert [value for _, value in scalars["validation"]] == pytest.approx([row["val_loss"] for row in rows])
    zoo.train("softmax_regression", dataset="digits", recipe=ONE_EPOCH, output=tmp_path / "b")
    assert capsys.readouterr().err == ""  # not unless it is asked for


def test_a_folder_of_pictures_trains(tmp_path: Path) -> None:
    root = tmp_path / "My Photos"
    random = np.random.default_rng(0)
    for name, bright in (("left", slice(0, 15)), ("right", slice(15, 30))):
        (root / name).mkdir(parents=True)
        for number in range(60):
            pixels = random.integers(0, 100, (30, 30, 3), dtype=np.uint8)
            pixels[:, bright] += 150
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    recipe = zoo.Recipe(epochs=4, batch_size=8, learning_rate=1e-2)
    pack = zoo.train("softmax_regression", dataset=f"folder:{root}", recipe=recipe)
    assert pack.id == "softmax_regression.my-photos"
    assert pack.manifest["preprocessing"] == {"canvas": None}  # pictures are resized, as these were
    assert pack.classes == ["left", "right"]
    assert pack.accuracy == 1
    assert pack.manifest["dataset"]["name"] == "folder:My Photos"
    picture = root / "right" / "0.png"
    assert next(zoo.predict(pack, [picture], runtime="keras", raw=True)).label == "right"
