"""x"""


def tel_link(value: str) -> str:
    """Give."""
    return value
