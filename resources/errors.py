"""The one error a user can mend: it names the thing, what was wrong, and what to do next."""


class BadInput(ValueError):
    """Input that cannot be used as it is.

    The message has three parts in one sentence or two: the thing (file, key, column), what was wrong with it,
    and the remedy. The command line prints it without a traceback and exits with status 2.
    """
