"""Strokes that show nothing in particular: what people draw to see what happens.

Each kind is a function of a random generator; its strokes lie in about the unit square. Those of `TRAINING_SCRIBBLES`
teach a network what is no digit, those of `JUDGING_SCRIBBLES` judge whether it learned more than these very forms.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

__all__ = ["JUDGING_SCRIBBLES", "TRAINING_SCRIBBLES", "judging_scribbles", "scribbles"]

Strokes = list[np.ndarray]  # (points, 2) each, float64
Scribble = Callable[[np.random.Generator], Strokes]


def scribbles(kinds: dict[str, Scribble], count: int, seed: int) -> list[Strokes]:
    """Draw some of `TRAINING_SCRIBBLES` or `JUDGING_SCRIBBLES`, of each kind as many, as `zoo.canvas` takes strokes."""
    random = np.random.default_rng(seed)
    makers = list(kinds.values())
    return [_turned(makers[number % len(makers)](random), random) for number in range(count)]


def _turned(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Stretched a little; a scribble may have any proportions."""
    stretch = np.exp(random.uniform(-0.4, 0.4, 2))
    return [stroke * stretch for stroke in strokes]


def _smooth(points: np.ndarray, count: int = 100) -> np.ndarray:
    """A curve near points (n, 2): a cubic B-spline of them, which needs no more than numpy."""
    position = np.linspace(0, len(points) - 3.001, count)
    first = position.astype(int)
    t = (position - first)[:, None]
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    padded = np.concatenate([points, points[-1:]])
    curve: np.ndarray = sum(weight * padded[first + step] for step, weight in enumerate(weights)) / 6
    return curve


def _line(start: tuple[float, float], stop: tuple[float, float], random: np.random.Generator) -> np.ndarray:
    """A line as a hand draws it: nearly straight."""
    share = np.linspace(0, 1, 20)[:, None]
    bend = random.normal(0, 0.03, 2) * np.sin(np.pi * share)
    return np.array(start) * (1 - share) + np.array(stop) * share + bend


def _ellipse(random: np.random.Generator, turns: float = 1.05, size: float = 0.5) -> np.ndarray:
    angle = random.uniform(0, 2 * np.pi) + np.linspace(0, turns * 2 * np.pi, 60)
    radius = size * np.exp(random.uniform(-0.2, 0.2, 2))
    return np.stack([0.5 + radius[0] * np.cos(angle), 0.5 + radius[1] * np.sin(angle)], axis=1)


# -- those that teach ----------------------------------------------------------------------------------------------


def _curve(random: np.random.Generator) -> Strokes:
    """One long smooth line all over the place."""
    return [_smooth(random.uniform(0, 1, (random.integers(9, 20), 2)), 160)]


def _curves(random: np.random.Generator) -> Strokes:
    """Two to four shorter ones."""
    return [_smooth(random.uniform(0, 1, (random.integers(5, 8), 2)), 60) for _ in range(random.integers(2, 5))]


def _zigzag(random: np.random.Generator) -> Strokes:
    """Back and forth, in any direction."""
    teeth = random.integers(5, 14)
    along = np.linspace(0, 1, teeth) + random.normal(0, 0.02, teeth)
    across = np.where(np.arange(teeth) % 2, 1, 0) * random.uniform(0.3, 1) + random.normal(0, 0.05, teeth)
    angle = random.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [np.stack([along, across], axis=1) @ turn]


def _spiral(random: np.random.Generator) -> Strokes:
    """From the middle outwards, at least two turns."""
    angle = np.linspace(0, random.uniform(2, 5) * 2 * np.pi, 150)
    radius = angle / angle[-1] * 0.5
    way = random.choice([-1, 1])
    return [np.stack([radius * np.cos(way * angle), radius * np.sin(angle)], axis=1)]


def _cross(random: np.random.Generator) -> Strokes:
    """x or +, or a star of more lines through one middle."""
    lines = random.integers(2, 5)
    angles = random.uniform(0, np.pi) + np.arange(lines) * np.pi / lines + random.normal(0, 0.12, lines)
    ends = [0.5 * np.array([np.cos(angle), np.sin(angle)]) for angle in angles]
    return [_line(tuple(0.5 - end), tuple(0.5 + end), random) for end in ends]


def _crossed_circle(random: np.random.Generator) -> Strokes:
    """A circle with two or more lines through it."""
    lines = _cross(random)
    return [_ellipse(random, size=0.35), *(0.5 + (line - 0.5) * random.uniform(0.7, 1.2) for line in lines)]


def _face(random: np.random.Generator) -> Strokes:
    """A circle with two dots and a mouth."""
    share = np.linspace(0, 1, 20)
    mouth = np.stack([0.3 + 0.4 * share, 0.7 + random.uniform(-0.1, 0.12) * np.sin(np.pi * share)], axis=1)
    eyes = [np.array([[x, 0.35], [x, 0.35 + random.uniform(0, 0.1)]]) for x in (0.35, 0.65)]
    return [_ellipse(random), *eyes, mouth]


def _polygon(random: np.random.Generator) -> Strokes:
    """A closed form of straight lines: triangle or quadrangle; of more lines, it would be a 0."""
    corners = random.integers(3, 5)
    angles = random.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi, corners + 1)
    radius = np.append(random.uniform(0.35, 0.5, corners), 0)
    radius[-1] = radius[0]
    points = np.stack([0.5 + radius * np.cos(angles), 0.5 + radius * np.sin(angles)], axis=1)
    return [np.concatenate([_line(a, b, random) for a, b in pairwise(points)])]


def _arrow(random: np.random.Generator) -> Strokes:
    """A shaft with a head at one end or both."""
    angle = random.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    side = np.array([-way[1], way[0]])
    head = random.uniform(0.15, 0.3)
    tips = [(way, 1.0)] if random.random() < 0.7 else [(way, 1.0), (-way, -1.0)]
    shaft = [_line(tuple(-0.5 * way), tuple(0.5 * way), random)]
    for tip, _ in tips:
        end = 0.5 * tip
        barbs = [end - head * tip + head * side, end, end - head * tip - head * side]
        shaft.append(np.array(barbs))
    return shaft


def _wave(random: np.random.Generator) -> Strokes:
    """A wavy line, or a row of loops."""
    periods = random.uniform(2, 6)
    t = np.linspace(0, 1, 150)
    loops = random.uniform(0, 0.25)
    phase = random.uniform(0, 2 * np.pi)
    x = t + loops * np.sin(2 * np.pi * periods * t + phase)
    return [np.stack([x, random.uniform(0.1, 0.4) * np.cos(2 * np.pi * periods * t + phase)], axis=1)]


def _dots(random: np.random.Generator) -> Strokes:
    """Taps, here and there."""
    return [random.uniform(0, 1, (1, 2)) for _ in range(random.integers(1, 8))]


def _dashes(random: np.random.Generator) -> Strokes:
    """Short lines, here and there."""
    middles = random.uniform(0, 1, (random.integers(3, 9), 2))
    return [_line(tuple(m - d), tuple(m + d), random) for m in middles for d in [random.normal(0, 0.12, 2)]]


def _level(random: np.random.Generator) -> Strokes:
    """One to four lines that lie: minus, equals."""
    slope = np.tan(np.deg2rad(random.uniform(-25, 25)))
    heights = 0.25 * np.arange(random.integers(1, 5))
    return [_line((0, height), (1, height + slope), random) for height in heights]


def _coil(random: np.random.Generator) -> Strokes:
    """Round and round while the hand moves on: a spring, from a thick one to one flat ring over the other."""
    t = np.linspace(0, 1, 180)
    angle = 2 * np.pi * (random.uniform(2.5, 8) * t + random.uniform())
    radius = random.uniform(0.1, 0.4, 2)
    way = random.uniform(-0.8, 0.8, 2)
    return [np.stack([radius[0] * np.cos(angle), radius[1] * np.sin(angle)], axis=1) + t[:, None] * way]


def _shading(random: np.random.Generator) -> Strokes:
    """An area filled in by going to and fro, its outline an oval or nearly a box."""
    turns = random.integers(12, 30)
    down = np.linspace(-1, 1, turns)
    half = (1 - np.abs(down) ** random.uniform(1.5, 8)) ** random.uniform(0.3, 1) + 0.05
    across = np.where(np.arange(turns) % 2, 1, -1) * half + random.normal(0, 0.05, turns)
    angle = random.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return [np.stack([across * random.uniform(0.4, 1), down], axis=1) @ turn]


TRAINING_SCRIBBLES: dict[str, Scribble] = {
    "curve": _curve,
    "curves": _curves,
    "zigzag": _zigzag,
    "spiral": _spiral,
    "cross": _cross,
    "crossed circle": _crossed_circle,
    "face": _face,
    "polygon": _polygon,
    "arrow": _arrow,
    "wave": _wave,
    "dots": _dots,
    "dashes": _dashes,
    "level": _level,
    "coil": _coil,
    "shading": _shading,
}

# -- those that judge ----------------------------------------------------------------------------------------------


def _walk(random: np.random.Generator) -> Strokes:
    """A pen that trembles along: a random walk whose direction changes slowly."""
    direction = random.uniform(0, 2 * np.pi) + np.cumsum(random.normal(0, 0.45, 220))
    return [np.cumsum(np.stack([np.cos(direction), np.sin(direction)], axis=1), axis=0) / 40]


def _lissajous(random: np.random.Generator) -> Strokes:
    """A knot of two oscillations."""
    across, down = random.choice([(2, 3), (3, 2), (3, 4), (4, 3), (3, 5), (5, 4)])
    t = np.linspace(0, 2 * np.pi, 200)
    return [np.stack([np.sin(across * t + random.uniform(0, np.pi)), np.sin(down * t)], axis=1) / 2]


def _pentagram(random: np.random.Generator) -> Strokes:
    """A star drawn in one go."""
    angles = random.uniform(0, 2 * np.pi) + np.arange(6) * 4 * np.pi / 5
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) / 2 + random.normal(0, 0.03, (6, 2))
    return [points]


def _hatching(random: np.random.Generator) -> Strokes:
    """Lines side by side, often crossed by others: a fence, a grid."""
    lines = random.integers(4, 8)
    places = np.linspace(0, 1, lines)
    strokes = [_line((x, 0), (x + random.normal(0, 0.05), 1), random) for x in places]
    if random.random() < 0.6:
        strokes += [_line((0, y), (1, y + random.normal(0, 0.05)), random) for y in places[1:-1]]
    return strokes


def _rings(random: np.random.Generator) -> Strokes:
    """Three or four circles that overlap or lie within each other."""
    return [
        _ellipse(random, size=random.uniform(0.2, 0.5)) + random.uniform(-0.35, 0.35, 2)
        for _ in range(random.integers(3, 5))
    ]


def _blot(random: np.random.Generator) -> Strokes:
    """An area filled in by going round and round."""
    t = np.linspace(0, 1, 300)
    angle = 2 * np.pi * random.uniform(8, 14) * t
    radius = 0.5 * np.sqrt(np.abs(np.sin(2 * np.pi * random.uniform(1, 3) * t))) + random.normal(0, 0.01, 300)
    return [np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)]


def _heart(random: np.random.Generator) -> Strokes:
    """A heart."""
    t = np.linspace(0, 2 * np.pi, 80) + random.normal(0, 0.02)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [np.stack([x, y], axis=1) / 34 + random.normal(0, 0.005, (80, 2))]


JUDGING_SCRIBBLES: dict[str, Scribble] = {
    "walk": _walk,
    "lissajous": _lissajous,
    "pentagram": _pentagram,
    "hatching": _hatching,
    "rings": _rings,
    "blot": _blot,
    "heart": _heart,
}


def judging_scribbles(count: int, seed: int) -> list[Strokes]:
    """Draw scribbles of kinds that taught nothing, of each kind as many.

    Parameters
    ----------
    count, seed : int

    Returns
    -------
    list of list of ndarray of shape (points, 2), float64
        `count` drawings as `zoo.canvas.from_strokes` takes them.
    """
    return scribbles(JUDGING_SCRIBBLES, count, seed)
