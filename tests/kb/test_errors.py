"""What an error tells an operator, and what it tells everybody."""

from api.mcp.wording import refusal
from api.models.problems import problem
from kb.errors import StoreUnavailable


def test_only_the_terminal_is_told_what_is_internal():
    error = StoreUnavailable("It cannot be read.", internal="The file is `/srv/secret`.", remedy="Run `kb index`.")
    assert str(error) == "It cannot be read. The file is `/srv/secret`. Run `kb index`."
    assert "secret" not in problem(error).model_dump_json() + refusal(error)
