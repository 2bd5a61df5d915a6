"""Check the digits by which numbers of persons and accounts guard against slips. Texts hold no separators.

Each function takes such a text and returns whether its check digits are right, and a birthday in it may be one.
"""

from typing import Final

_VERHOEFF: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
"""Verhoeff's permutations by place, from the last digit (J. Verhoeff, Error detecting decimal codes, 1969)."""


_LEAST_DIGITS: Final = 10
"""Digits that an account number of any country has, and words behind `at 20` have not."""


def belgian(number: str) -> bool:
    """Check a rijksregisternummer or BIS number: 11 digits, the last two 97 - (the nine before) % 97.

    For births from 2000 on, a 2 stands before the nine. A BIS number adds 20 or 40 to the month; 00 is an unknown day.
    """
    month, day = int(number[2:4]) % 20, int(number[4:6])
    rest = 97 - int(number[9:])
    return (
        month <= 12
        and int(number[2:4]) < 60
        and day <= 31
        and rest in (int(number[:9]) % 97, int(f"2{number[:9]}") % 97)
    )


def dutch(number: str) -> bool:
    """Check a burgerservicenummer by the elfproef: 9 digits, weighed 9 to 2 and -1, a multiple of 11."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return (
        number != "0" * 9 and sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11 == 0
    )


def luxembourgish(number: str) -> bool:
    """Check a matricule: a birthday, three digits, then Luhn's digit and Verhoeff's, each of the eleven before both."""
    month, day, eleven = int(number[4:6]), int(number[6:8]), number[:11]
    return 1 <= month <= 12 and 1 <= day <= 31 and _luhn(number[:12]) and _verhoeff(eleven + number[12])


def iban(number: str) -> bool:
    """Check an account number by ISO 13616: first four signs last, letters as 10 to 35, it is 1 mod 97."""
    if sum(map(str.isdigit, number)) < _LEAST_DIGITS:
        return False
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1


def no_enterprise(number: str) -> bool:
    """Check that a number is none of a Belgian enterprise: ten digits, the last two 97 - (the eight before) % 97."""
    return len(number) != 10 or int(number[8:]) != 97 - int(number[:8]) % 97


def _luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _verhoeff(number: str) -> bool:
    """Multiply in the group of a pentagon's turns (0 to 4) and reflections (5 to 9)."""
    result = 0
    for place, digit in enumerate(reversed(number)):
        other = int(_VERHOEFF[place % 8][int(digit)])
        turn = other % 5 if result < 5 else -(other % 5)
        result = (result + turn) % 5 + 5 * ((result < 5) != (other < 5))
    return result == 0
