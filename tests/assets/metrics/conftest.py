from tests.assets.evaluation.conftest import threads_as_in_a_step

__all__ = ["threads_as_in_a_step"]
