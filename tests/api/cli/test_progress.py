"""Long work says how far it is: bars on a terminal, lines in a journal."""

from api.cli import console


def test_without_a_terminal_a_line_says_now_and_then_how_far_it_is(capsys):
    with console.progress(line_every=0) as step:
        step("encode passages", 2_000, 10_427)
    assert capsys.readouterr().err == "encode passages: 2,000 of 10,427\n"


def test_short_work_says_nothing(capsys):
    with console.progress() as step:
        for done in range(100):
            step("encode passages", done, 100)
    assert capsys.readouterr().err == ""
