"""Numbers of things in words."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say how many there are: "1 row", "1,200 rows", "0 batches"; ``many`` is ``one`` with an s where none is given."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
