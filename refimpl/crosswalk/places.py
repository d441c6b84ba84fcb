"""Where countries roughly lie, to see that latitude and longitude were swapped.

A box is wide on purpose: it is asked only whether a place that lies outside lies inside when
the two are swapped.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Box(NamedTuple):
    """The mainland of a country and some way around it, in whole degrees."""

    south: int
    north: int
    west: int
    east: int

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies in the box.

        >>> BOXES["BEL"].holds(51.05, 3.73), BOXES["BEL"].holds(3.73, 51.05)
        (True, False)
        """
        in_latitude = self.south <= latitude <= self.north
        return in_latitude and self.west <= longitude <= self.east


# fmt: off
_COUNTRIES: Final = (
    ("AT", "AUT", Box(46, 50,   9, 18)),
    ("BE", "BEL", Box(49, 52,   2,  7)),
    ("CH", "CHE", Box(45, 48,   5, 11)),
    ("CZ", "CZE", Box(48, 52,  12, 19)),
    ("DE", "DEU", Box(47, 56,   5, 16)),
    ("DK", "DNK", Box(54, 58,   7, 16)),
    ("EE", "EST", Box(57, 60,  21, 29)),
    ("ES", "ESP", Box(35, 44, -10,  5)),
    ("FI", "FIN", Box(59, 71,  19, 32)),
    ("FR", "FRA", Box(41, 52,  -6, 10)),
    ("GB", "GBR", Box(49, 61,  -9,  2)),
    ("HU", "HUN", Box(45, 49,  16, 23)),
    ("IE", "IRL", Box(51, 56, -11, -5)),
    ("IT", "ITA", Box(35, 48,   6, 19)),
    ("LT", "LTU", Box(53, 57,  20, 27)),
    ("LU", "LUX", Box(49, 51,   5,  7)),
    ("LV", "LVA", Box(55, 59,  20, 29)),
    ("NL", "NLD", Box(50, 54,   3,  8)),
    ("NO", "NOR", Box(57, 72,   4, 32)),
    ("PL", "POL", Box(49, 55,  14, 25)),
    ("PT", "PRT", Box(36, 43, -10, -6)),
    ("SE", "SWE", Box(55, 70,  10, 25)),
    ("SI", "SVN", Box(45, 47,  13, 17)),
    ("SK", "SVK", Box(47, 50,  16, 23)),
)
# fmt: on
BOXES: Final[Mapping[str, Box]] = MappingProxyType(
    {code: box for two, three, box in _COUNTRIES for code in (two, three)}
)
"""The boxes by the two and the three letters of a country."""
