"""The guilloche of a certificate: interlaced waves as PDF path operators, worked out once.

Every line is a wave about a closed curve, kept as one cubic from crest to trough, so that the
whole drawing is small and stays sharp at any size. Points are complex numbers: x + y·i. A place
on a curve is the number of waves passed on the way there.
"""

import cmath
import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise

_TURN = 2 * math.pi
_HANDLE = 0.3642  # of half a wave: with it the cubic from crest to trough is nearest to a cosine
_STEP = 1e-5  # of a wave, for slopes

# The frame. Whole waves from the middle of one corner to the next make all four corners alike;
# their numbers are to each other as the sides of A4.
_WAVES, _SWELLS = (17, 25), (4, 6)  # upright sides, level sides
_STRANDS, _SPREAD, _RADIUS = 6, 0.19, 22.0
# The rosette
_PETALS, _RINGS = 16, 12


def _side(waves: float) -> tuple[int, float]:
    """Which side of the frame, from the right one against the clock, and the share of it passed."""
    rest = waves % (2 * sum(_WAVES))
    for side in range(3):
        if rest < _WAVES[side % 2]:
            return side, rest / _WAVES[side % 2]
        rest -= _WAVES[side % 2]
    return 3, rest / _WAVES[1]


def _rim(size: complex, inset: float, side: int, share: float) -> tuple[complex, complex]:
    """A point of the rounded rectangle `inset` within the page, and the outward normal there."""
    normal = 1j**side
    half = size / 2 - inset * (1 + 1j)
    out, along = (half.imag, half.real) if side % 2 else (half.real, half.imag)
    straight, bend = 2 * (along - _RADIUS), math.pi / 2 * _RADIUS
    passed = share * (straight + bend) - bend / 2
    kept = min(max(passed, 0.0), straight)  # what is left over turns about a corner's centre
    turned = normal * cmath.exp(1j * (passed - kept) / _RADIUS)
    centre = normal * complex(out - _RADIUS, kept - along + _RADIUS)
    return size / 2 + centre + _RADIUS * turned, turned


def _frame_wave(size: complex, inset: float, phase: float, waves: float) -> complex:
    """A wave about the rim whose swing itself swells along the sides and sinks at the corners."""
    side, share = _side(waves)
    at, normal = _rim(size, inset, side, share)
    swing = 6.0 - 1.9 * math.cos(_TURN * _SWELLS[side % 2] * share)
    return at + normal * swing * math.cos(_TURN * waves + phase)


def _rosette_wave(
    centre: complex, mean: float, swing: float, phase: float, waves: float
) -> complex:
    radius = mean + swing * math.cos(_TURN * waves + phase)
    return centre + radius * cmath.exp(1j * _TURN * waves / _PETALS)


def _path(curve: Callable[[float], complex], waves: int, phase: float) -> Iterator[str]:
    """The closed curve as cubics between the crests and troughs of its waves."""
    knots = [i / 2 - phase / _TURN for i in range(2 * waves + 1)]
    points = [curve(knot) for knot in knots]
    arms = [_HANDLE * (curve(k + _STEP) - curve(k - _STEP)) / (4 * _STEP) for k in knots]
    yield f"{points[0].real:.2f} {points[0].imag:.2f} m"
    for (start, out), (end, back) in pairwise(zip(points, arms, strict=True)):
        one, two = start + out, end - back
        yield (
            f"{one.real:.2f} {one.imag:.2f} {two.real:.2f} {two.imag:.2f}"
            f" {end.real:.2f} {end.imag:.2f} c"
        )
    yield "s"


def _frame(size: complex, inset: float) -> Iterator[str]:
    for bundle in (math.pi / 2, -math.pi / 2):  # two that cross, in the corners too
        for strand in range(_STRANDS):
            phase = bundle + _SPREAD * (strand - (_STRANDS - 1) / 2)
            yield from _path(partial(_frame_wave, size, inset, phase), 2 * sum(_WAVES), phase)


def _rosette(centre: complex, radius: float) -> Iterator[str]:
    for ring in range(_RINGS):
        phase = ring * math.pi / _RINGS
        mean, swing = radius * (0.70 - 0.028 * ring), radius * (0.30 - 0.012 * ring)
        yield from _path(partial(_rosette_wave, centre, mean, swing, phase), _PETALS, phase)


@cache
def guilloche(width: float, height: float, inset: float) -> str:
    """Operators that draw frame and rosette on a page of this size (points), in light teal.

    `inset` is the distance of the frame's middle line from the page's edge. The colours are
    mixed with white beforehand: no transparency, which archives and some printers refuse.
    """
    size = complex(width, height)
    return "\n".join(
        (
            "q 1 j .3 w .906 .941 .941 RG",
            *_rosette(size / 2 - 4j, 0.4 * height),
            ".36 w .424 .651 .647 RG",
            *_frame(size, inset),
            "Q",
        )
    )
