"""Payment codes of Brazil, checked before they are printed: a code with an error pays nothing, or somebody else."""

import binascii
import re

LONGEST_PIX = 512


def pix(code: str) -> str:
    """Check a Pix code to copy (BR Code, EMV QRCPS-MPM) and return it unchanged.

    Raises
    ------
    ValueError
        Not a Pix code, or its checksum (CRC-16/CCITT-FALSE, tag 63) is wrong.
    """
    if not code.isascii() or not code.isprintable() or len(code) > LONGEST_PIX or code != code.strip():
        raise ValueError(f"a Pix code: at most {LONGEST_PIX} plain letters and digits on one line")
    if not code.startswith("000201") or code[-8:-4] != "6304" or "br.gov.bcb.pix" not in code.lower():
        raise ValueError("a Pix code: 000201…br.gov.bcb.pix…6304 and four digits")
    if f"{binascii.crc_hqx(code[:-4].encode(), 0xFFFF):04X}" != code[-4:].upper():
        raise ValueError("a Pix code with its own checksum: a letter of it has changed")
    return code


def barcode(code: str) -> str:
    """Check a linha digitável and write it in groups: 47 digits of a boleto, 48 of a utility or tax bill.

    Raises
    ------
    ValueError
        Another number of digits, or a check digit that does not fit (FEBRABAN, modulo 10 and 11).

    Examples
    --------
    >>> barcode("00190500954014481606906809350314337370000000100")
    '00190.50095 40144.816069 06809.350314 3 37370000000100'
    """
    digits = re.sub(r"[ .-]", "", code)
    if not digits.isascii() or not digits.isdigit() or len(digits) not in (47, 48):
        raise ValueError("a linha digitável of 47 or 48 digits")
    return _bank_slip(digits) if len(digits) == 47 else _collection_slip(digits)


def _bank_slip(digits: str) -> str:
    fields = (digits[:10], digits[10:21], digits[21:32])
    for number, field in enumerate(fields, start=1):
        if _modulo_10(field[:-1]) != int(field[-1]):
            raise ValueError(f"a linha digitável whose check digits fit: that of field {number} does not")
    inside = digits[:4] + digits[33:47] + digits[4:9] + digits[10:20] + digits[21:31]
    if _modulo_11(inside, zero=1) != int(digits[32]):
        raise ValueError("a linha digitável whose check digits fit: the general one does not")
    groups = [f"{field[:5]}.{field[5:]}" for field in fields]
    return " ".join([*groups, digits[32], digits[33:]])


def _collection_slip(digits: str) -> str:
    if digits[0] != "8" or digits[2] not in "6789":
        raise ValueError("a linha digitável of 48 digits that begins with 8, its third digit from 6 to 9")
    blocks = [digits[start : start + 12] for start in range(0, 48, 12)]
    inside = "".join(block[:11] for block in blocks)
    checks = {"6": _modulo_10, "7": _modulo_10}.get(digits[2], _modulo_11)
    for number, block in enumerate(blocks, start=1):
        if checks(block[:11]) != int(block[11]):
            raise ValueError(f"a linha digitável whose check digits fit: that of block {number} does not")
    if checks(inside[:3] + inside[4:]) != int(inside[3]):
        raise ValueError("a linha digitável whose check digits fit: the general one does not")
    return " ".join(f"{block[:11]}-{block[11]}" for block in blocks)


def _modulo_10(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return -total % 10


def _modulo_11(digits: str, zero: int = 0) -> int:
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(digits)))
    rest = 11 - total % 11
    return zero if rest in (10, 11) else rest
