"""Guesses which address was meant where the part after the @ looks like a slip of the finger.

The page to subscribe offers it as one more button; it never changes what somebody typed. Pure.
"""

from __future__ import annotations

# Where most private people have their mail here, and so where slips are made.
_COMMON = (
    "gmail.com", "hotmail.com", "hotmail.nl", "outlook.com", "live.nl", "icloud.com", "ziggo.nl",
    "kpnmail.nl", "planet.nl", "hetnet.nl", "xs4all.nl", "casema.nl", "upcmail.nl", "yahoo.com",
)  # fmt: skip
# Real ones that are one letter away from another.
_REAL = frozenset((*_COMMON, "live.com", "mail.com", "gmx.com", "gmx.nl", "yahoo.nl", "ymail.com"))


def meant(email: str) -> str:
    """Give the address that was probably meant, or "" when there is nothing to say."""
    local, _, domain = email.strip().lower().rpartition("@")
    if not local or domain in _REAL:
        return ""
    near = [one for one in _COMMON if _is_one_slip(domain, one)]
    return f"{local}@{near[0]}" if len(near) == 1 else ""


def _is_one_slip(typed: str, real: str) -> bool:
    """Tell whether one letter is missing, too many, another one, or two changed places."""
    if abs(len(typed) - len(real)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(real)) and typed[start] == real[start]:
        start += 1
    left, right = typed[start:], real[start:]
    changed_places = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or changed_places
