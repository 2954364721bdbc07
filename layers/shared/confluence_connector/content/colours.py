"""Colours as CSS writes them, as far as it matters whether white text, or text of that colour on white, can be read.

Source: CSS Color 4 (w3.org). Nothing here takes longer than the value is long.
"""

import re
from typing import Final, Literal

from confluence_connector.content.css_numbers import LONGEST_VALUE, number, of_one

type Shade = Literal["deep", "pale", "clear"]

PALEST: Final = 240 / 255
"""In every channel: next to white nobody reads it."""
FAINT: Final = 0.1

_FUNCTION: Final = re.compile(r"(rgba?|hsla?)\(([^()]*)\)")
_BETWEEN: Final = re.compile(r"[\s,/]+")
_HEX: Final = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_PALE: Final = """
white snow ivory ghostwhite floralwhite mintcream azure whitesmoke aliceblue honeydew lavenderblush
"""
_DEEP: Final = """
antiquewhite aqua aquamarine beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue chartreuse
chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey
darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray
darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick forestgreen fuchsia
gainsboro gold goldenrod gray green greenyellow grey hotpink indianred indigo khaki lavender lawngreen lemonchiffon
lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon
mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
mediumvioletred midnightblue mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple
rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue
slategray slategrey springgreen steelblue tan teal thistle tomato turquoise violet wheat yellow yellowgreen
"""
_NAMED: Final[dict[str, Shade]] = {
    "transparent": "clear",
    **dict.fromkeys(_PALE.split(), "pale"),
    **dict.fromkeys(_DEEP.split(), "deep"),
}


def shade(value: str) -> Shade | None:
    """Of a colour in lower case; `clear`: seen through. None: no colour that we know."""
    if len(value) > LONGEST_VALUE:
        return None
    if value in _NAMED:
        return _NAMED[value]
    if _HEX.fullmatch(value):
        digits = value[1:] if len(value) > len("#rgba") else "".join(digit * 2 for digit in value[1:])
        red, green, blue, *alpha = (int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2))
        return _looks(min(red, green, blue), *alpha)
    found = _FUNCTION.fullmatch(value)
    return _of_function(found[1], found[2]) if found else None


def _of_function(name: str, arguments: str) -> Shade | None:
    given = [read for part in _BETWEEN.split(arguments.strip()) if (read := number(part))]
    if len(given) not in {len("rgb"), len("rgba")}:
        return None
    alpha = [of_one(each, 1) for each in given[3:]]
    if name.startswith("hsl"):
        return _looks(of_one(given[2], 100), *alpha)
    return _looks(min(of_one(each, 255) for each in given[:3]), *alpha)


def _looks(darkest: float, alpha: float = 1) -> Shade:
    """Of a colour by its darkest channel, 0 to 1."""
    return "clear" if alpha <= FAINT else "pale" if darkest >= PALEST else "deep"
