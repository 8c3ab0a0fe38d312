"""How alike an encoded picture and its original look: SSIMULACRA2, estimated with Pillow alone. No AWS.

The metric is that of https://github.com/cloudinary/ssimulacra2: norms of errors in XYB colours, at several scales. Here
local means are those of a triangle with the variance of its Gaussian, and are taken at some of the pixels. Norms that
add less than 0.5 % to photographs are left out. The lightness of the largest scale comes from gamma-compressed samples.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from PIL import Image, ImageMath

# Of an sRGB sample: its linear light, and where that is proportional to it.
_TOE: Final = 0.04045
_LINEAR: Final = [
    sample / 12.92 if sample <= _TOE else ((sample + 0.055) / 1.055) ** 2.4
    for sample in (each / 255 for each in range(256))
]
# Linear light to the responses of three cones, and what moves the channels to 0 to 1: opsin_params.h of
# https://github.com/libjxl/libjxl, and ssimulacra2.cc.
_LONG: Final = (0.3, 0.622, 0.078)
_MEDIUM: Final = (0.23, 0.692, 0.078)
_SHORT: Final = (0.24342268924547819, 0.20476744424496821, 0.5518098665095536)
_BIAS: Final = 0.0037930732552754493
_ROOT: Final = 1 / 3
_Y_OFFSET: Final = 0.01 - _BIAS**_ROOT
_X_FACTOR, _X_OFFSET = 7.0, 0.42
_B_OFFSET: Final = 0.55 + _Y_OFFSET
_CONTRAST: Final = 0.0009
# Red, green and blue in lightness, where the two cones that it is the mean of are taken for one.
_LIGHTNESS: Final = (*((long + medium) / 2 for long, medium in zip(_LONG, _MEDIUM, strict=True)), 0)
_GREY: Final = [(sample + _BIAS) ** _ROOT + _Y_OFFSET for sample in _LINEAR]

# Half-width of the triangle: the square of it by 6 is its variance, that of the Gaussian is 1.5 px squared.
_STEP: Final = 1.5 * 6**0.5
# Means by the step, across and down: the smaller the scale, the fewer pixels there are to leave out.
_PHASES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 3}

# Weights of the metric by scale and channel, of (error, power): structure; edges that the original does not have;
# edges that are lost. A norm of power 1 is the mean.
_WEIGHTS: Final[Mapping[tuple[int, str], Mapping[tuple[str, int], float]]] = {
    (0, "Y"): {("structure", 4): 7.466890328078848, ("lost", 4): 17.445833984131262},
    (1, "X"): {("structure", 4): 1.1041726426657346},
    (1, "Y"): {("structure", 4): 6.683678146179332},
    (2, "X"): {("structure", 4): 1.8422455520539298, ("added", 4): 11.441172603757666},
    (2, "Y"): {("structure", 1): 225.20515300849274, ("structure", 4): 19.213238186143016},
    (3, "X"): {("structure", 4): 1.8787594979546387, ("added", 4): 10.94906990605142},
    (3, "Y"): {("structure", 1): 176.39317598450694, ("structure", 4): 24.43300999870476},
    (3, "B"): {("structure", 4): 8.826982764996862, ("added", 4): 23.19243343998926},
    (4, "Y"): {("structure", 4): 34.77906344483772, ("added", 4): 44.835625328877896},
    (4, "B"): {("structure", 1): 95.1080498811086, ("added", 4): 171.2667255897307},
}
_SCALES: Final = 5
# The smallest scale has these pixels in each direction, or is left out.
_MIN_SIDE_PX: Final = 8


class Reference:
    """The original, made ready to be compared with several files.

    Args:
        image: a picture of mode RGB.
    """

    def __init__(self, image: Image.Image) -> None:
        self._planes = dict(_planes(image))

    def score(self, image: Image.Image) -> float:
        """Estimate SSIMULACRA2: 100 is the same picture, 90 looks the same, 50 is of low quality.

        Args:
            image: the decoded file, of mode RGB and of the original's size.
        """
        error: float = sum(
            weight * _norm(found, power)
            for at, plane in _planes(image)
            for found, power, weight in _weighted(self._planes[at], plane, _WEIGHTS[at])
        )
        # The last step of ssimulacra2.cc, in its figures.
        error *= 0.9562382616834844
        curved = 2.326765642916932 * error - 0.020884521182843837 * error**2 + 6.248496625763138e-05 * error**3
        return 100 - 10 * float(max(curved, 0.0) ** 0.6276336467831387)


class _Plane:
    """One channel at one scale: samples, and around some of them the local mean and variance."""

    def __init__(self, samples: Image.Image, phases: int) -> None:
        self.samples = samples
        self._phases = phases
        between = _STEP / phases * (phases - 1)
        self._means = tuple(max(1, int((side - between) / _STEP)) for side in samples.size)
        self.mean = self.local_means(samples)
        self.centre = self._each_phase(samples, Image.Resampling.NEAREST)
        squares = self.local_means(_computed(lambda of: of["a"] * of["a"], a=samples))
        self.variance = _computed(lambda of: of["a"] - of["b"] * of["b"], a=squares, b=self.mean)

    def local_means(self, samples: Image.Image) -> Image.Image:
        return self._each_phase(samples, Image.Resampling.BILINEAR)

    def _each_phase(self, samples: Image.Image, kind: Image.Resampling) -> Image.Image:
        """Samples at every step, from each phase of the step; one beside the other."""
        across, down = self._means
        found = Image.new("F", (across * self._phases, down * self._phases))
        for column in range(self._phases):
            for row in range(self._phases):
                left, top = column * _STEP / self._phases, row * _STEP / self._phases
                right, bottom = min(samples.width, left + across * _STEP), min(samples.height, top + down * _STEP)
                piece = samples.resize((across, down), kind, box=(left, top, right, bottom))
                found.paste(piece, (column * across, row * down))
        return found


def _planes(image: Image.Image) -> Iterator[tuple[tuple[int, str], _Plane]]:
    """The channels of each scale that have a weight."""
    yield (0, "Y"), _Plane(image.convert("L", _LIGHTNESS).point(_GREY, "F"), _PHASES[0])
    light = [band.point(_LINEAR, "F") for band in image.split()]
    for scale in range(1, _SCALES):
        light = [band.reduce(2) for band in light]
        if min(light[0].size) < _MIN_SIDE_PX:
            return
        for channel, samples in _xyb(light).items():
            if (scale, channel) in _WEIGHTS:
                yield (scale, channel), _Plane(samples, _PHASES[scale])


def _xyb(light: list[Image.Image]) -> dict[str, Image.Image]:
    """Linear light as the three channels of XYB, each about 0 to 1."""
    bands = dict(zip("rgb", light, strict=True))

    def cone(red: float, green: float, blue: float) -> Image.Image:
        return _computed(lambda of: (of["r"] * red + of["g"] * green + of["b"] * blue + _BIAS) ** _ROOT, **bands)

    long, medium, short = cone(*_LONG), cone(*_MEDIUM), cone(*_SHORT)
    lightness = _computed(lambda of: (of["l"] + of["m"]) * 0.5 + _Y_OFFSET, l=long, m=medium)
    return {
        "X": _computed(lambda of: (of["l"] - of["m"]) * _X_FACTOR + _X_OFFSET, l=long, m=medium),
        "Y": lightness,
        "B": _computed(lambda of: of["s"] - of["y"] + _B_OFFSET, s=short, y=lightness),
    }


def _weighted(
    original: _Plane, made: _Plane, weights: Mapping[tuple[str, int], float]
) -> Iterator[tuple[Image.Image, int, float]]:
    """Errors of one channel, each with the power of its norm and its weight."""
    errors: dict[str, Image.Image] = {}
    for (error, power), weight in weights.items():
        if error not in errors:
            errors[error] = _ERRORS[error](original, made)
        yield errors[error], power, weight


def _structure(original: _Plane, made: _Plane) -> Image.Image:
    """1 - SSIM without its denominator of lightness."""
    product = _computed(lambda of: of["a"] * of["b"], a=original.samples, b=made.samples)
    return _computed(
        lambda of: of["max"](
            1
            - (1 - (of["m"] - of["n"]) * (of["m"] - of["n"]))
            * ((of["p"] - of["m"] * of["n"]) * 2 + _CONTRAST)
            / (of["v"] + of["w"] + _CONTRAST),
            0.0,
        ),
        m=original.mean,
        n=made.mean,
        v=original.variance,
        w=made.variance,
        p=original.local_means(product),
    )


def _added(original: _Plane, made: _Plane) -> Image.Image:
    """Edges that the original does not have."""
    return _computed(lambda of: of["max"](_edges(of), 0.0), **_edge_bands(original, made))


def _lost(original: _Plane, made: _Plane) -> Image.Image:
    """Edges that only the original has."""
    return _computed(lambda of: of["max"](_edges(of) * -1, 0.0), **_edge_bands(original, made))


def _edge_bands(original: _Plane, made: _Plane) -> dict[str, Image.Image]:
    return {"a": original.centre, "m": original.mean, "b": made.centre, "n": made.mean}


def _edges(of: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an expression of ImageMath, which has no type
    return (abs(of["b"] - of["n"]) + 1) / (abs(of["a"] - of["m"]) + 1) - 1


def _norm(error: Image.Image, power: int) -> float:
    """The mean of an error; or the fourth root of the mean of its fourth powers."""
    if power == 1:
        return _mean(error)
    fourth = _computed(lambda of: (of["e"] * of["e"]) * (of["e"] * of["e"]), e=error)
    return float(_mean(fourth) ** (1 / power))


def _mean(image: Image.Image) -> float:
    value = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return float(value)  # type: ignore[arg-type]  # a pixel of mode F is a float


def _computed(expression: Callable[[Mapping[str, Any]], Any], **bands: Image.Image) -> Image.Image:
    """What an expression of bands of mode F gives."""
    made: Image.Image = ImageMath.lambda_eval(expression, **bands)
    return made


_ERRORS: Final[Mapping[str, Callable[[_Plane, _Plane], Image.Image]]] = {
    "structure": _structure,
    "added": _added,
    "lost": _lost,
}
