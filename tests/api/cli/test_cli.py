"""`kb` in the terminal: exit codes, messages, and the same answers as over HTTP."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.main import app
from ingest.lint import RULES
from kb.settings import Settings

REPOSITORY = Path(__file__).parents[3]
QUESTION = "hoe blokkeren we phishingsites"
Run = Callable[..., Result]
RunProcess = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kb(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, with settings as the environment gives them."""

    def run(*arguments: str, **settings: object) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(name, str(value))
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def real(kb: Run, data_dir: Path) -> Run:
    """`kb` on the real collection and its index."""

    def run(*arguments: str) -> Result:
        return kb(*arguments, KB_DATA_DIR=data_dir, KB_CONTENT_DIRS=REPOSITORY / "content")

    return run


@pytest.fixture
def own(kb: Run, content: Any, settings: Settings, model_folder: Path) -> Run:
    """`kb` on a small content folder, with a data directory that has model files only."""
    settings.data_dir.mkdir()
    (settings.data_dir / "models").symlink_to(model_folder, target_is_directory=True)
    return lambda *arguments: kb(*arguments, KB_DATA_DIR=settings.data_dir, KB_CONTENT_DIRS=content.root)


# --- the command itself ---


def test_help_lists_every_command_and_version_prints_it(run_kb: RunProcess, kb: Run) -> None:
    shown = run_kb("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert all(command in shown.stdout for command in ("index", "search", "show", "lint", "serve"))
    assert kb("--version").stdout.startswith("kb 0.")
    assert kb("nonsense").exit_code == 2


def test_help_and_lint_start_no_engine(content: Any) -> None:
    content.practice("be-one")
    script = (
        "import sys\nfrom api.cli.main import app\n"
        "for arguments in (['--help'], ['lint', '--help'], ['lint'], ['lint', '--list']):\n"
        "    app(arguments, standalone_mode=False)\n"
        "heavy = {'torch', 'haystack', 'openvino', 'qdrant_edge', 'qdrant_client', 'sentence_transformers'}\n"
        "heavy |= {'fastapi', 'numpy', 'tokenizers'}\n"
        "sys.exit(' '.join(sorted(heavy & {name.partition('.')[0] for name in sys.modules})) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env={"KB_CONTENT_DIRS": str(content.root), "PATH": "", "PYTHONPATH": str(REPOSITORY)},
    )
    assert (done.returncode, done.stderr) == (0, "0 errors, 0 warnings.\n")


def test_an_unknown_setting_is_named_with_the_nearest(kb: Run) -> None:
    result = kb("lint", KB_CONTENT_DIR="x")
    assert result.exit_code == 1
    assert "KB_CONTENT_DIR." in result.stderr
    assert "Did you mean `KB_CONTENT_DIRS`?" in result.stderr


def test_a_setting_out_of_bounds_is_named(kb: Run) -> None:
    result = kb("lint", KB_CHUNK_TOKENS="9999")
    assert result.exit_code == 1
    assert "KB_CHUNK_TOKENS" in result.stderr
    assert "512" in result.stderr


# --- lint ---


def test_the_collection_of_this_repository_is_clean(kb: Run) -> None:
    result = kb("lint", KB_CONTENT_DIRS=REPOSITORY / "content")
    assert (result.exit_code, result.stdout) == (0, "")


def test_lint_lists_every_rule(kb: Run) -> None:
    lines = kb("lint", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]


def test_lint_reports_every_problem_with_its_place(kb: Run, content: Any, tmp_path: Path) -> None:
    content.practice("be-good")
    first = content.practice("be-one", crime_types=["fishing"])
    second = content.practice("be-two", started="yesterday, 50%\nor so")
    (content.root / "practices" / "be-two" / "notes.md").write_text("x")
    settings = {"KB_CONTENT_DIRS": content.root}

    text = kb("lint", **settings)
    assert text.exit_code == 1
    lines = text.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines if "fishing" in line] == [str(first)]
    places = [line.removeprefix(str(second)).split(":")[1:3] for line in lines if line.startswith(str(second))]
    assert places
    assert all(part.isdigit() for place in places for part in place)
    assert all(line.isprintable() for line in lines)
    assert f"{sum('KB408' not in line for line in lines)} errors" in text.stderr
    assert all(("KB408 warning: " in line) == ("KB408" in line) for line in lines)
    assert "More may be found in 2 of the files" in text.stderr  # `fishing` was found in a note that could be read

    as_json = kb("lint", "--format", "json", **settings)
    assert as_json.exit_code == 1
    problems = json.loads(as_json.stdout)
    assert [f"{one['path']}:{one['line']}:{one['column']}: {one['code']}" for one in problems] == [
        line[: line.index(one["code"]) + 5] for one, line in zip(problems, lines, strict=True)
    ]
    assert {one["code"]: one["level"] for one in problems if one["level"] == "warning"} == {"KB408": "warning"}

    github = kb("lint", "--format", "github", **settings)
    assert github.exit_code == 1
    assert all(line.startswith(("::error file=", "::warning file=")) for line in github.stdout.splitlines())
    assert len(github.stdout.splitlines()) == len(lines)
    assert "50%25 or " in github.stdout

    assert kb("lint", "--format", "xml", **settings).exit_code == 2


def test_lint_of_a_path_reports_on_it_alone(kb: Run, content: Any) -> None:
    bad = content.practice("be-one", crime_types=["fishing"])
    good = content.practice("be-two")
    assert kb("lint", str(bad), KB_CONTENT_DIRS=content.root).exit_code == 1
    assert kb("lint", str(bad.parent), KB_CONTENT_DIRS=content.root).exit_code == 1
    assert kb("lint", str(good), KB_CONTENT_DIRS=content.root).exit_code == 0
    assert str(bad) in kb("lint", str(good), str(bad), KB_CONTENT_DIRS=content.root).stdout


def test_lint_of_a_path_without_notes_is_refused(kb: Run, content: Any) -> None:
    content.practice("be-one")
    (content.root / "practices" / "be-two").mkdir()
    (content.root / "practices" / "be-two" / "fr.xyz").write_text("x")
    for path in ("be-two", "be-two/fr.xyz"):
        done = kb("lint", str(content.root / "practices" / path), KB_CONTENT_DIRS=content.root)
        assert done.exit_code == 2
        assert "holds no note" in done.stderr


def test_lint_says_nothing_of_the_counterparts_of_a_note_whose_counterpart_has_errors(kb: Run, content: Any) -> None:
    links = [{"id": "nl-two", "rel": "counterpart-of"}]
    content.practice("be-one", related=links, no_counterpart=["LU"])
    content.practice("nl-two", countries=["NL"], no_counterpart=["LU"]).write_text("")
    assert "KB407" not in kb("lint", KB_CONTENT_DIRS=content.root).stdout
    content.practice("nl-two", countries=["NL"], no_counterpart=["LU"])
    assert "KB407" not in kb("lint", KB_CONTENT_DIRS=content.root).stdout
    content.practice("nl-two", countries=["EU"], no_counterpart=[])
    assert "counterpart in NL" not in kb("lint", KB_CONTENT_DIRS=content.root).stdout


def test_lint_annotates_pull_requests(kb: Run, content: Any) -> None:
    bad = content.practice("be-one", crime_types=["fishing"], started="2999")
    [error, warning] = kb("lint", str(bad), "--format", "github", KB_CONTENT_DIRS=content.root).stdout.splitlines()
    assert error.startswith(f"::error file={bad},line=")
    assert ",title=KB111::`fishing` is not in the vocabulary" in error
    assert warning.startswith(f"::warning file={bad},line=")


def test_lint_writes_sarif(kb: Run, content: Any) -> None:
    bad = content.practice("be-one", crime_types=["fishing"], started="2999")
    done = kb("lint", str(bad), "--format", "sarif", KB_CONTENT_DIRS=content.root)
    assert done.exit_code == 1
    [run] = json.loads(done.stdout)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("KB111", "error"), ("KB410", "warning")]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == str(bad)
        line = bad.read_text("utf-8").splitlines()[place["region"]["startLine"] - 1]
        assert "fishing" in line or "2999" in line


def test_lint_writes_reports_for_gitlab(kb: Run, content: Any) -> None:
    bad = content.practice("be-one", crime_types=["fishing", "fishing"], started="2999")
    done = kb("lint", str(bad), "--format", "gitlab", KB_CONTENT_DIRS=content.root)
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert [(one["check_name"], one["severity"]) for one in report] == [
        ("KB111", "major"),
        ("KB111", "major"),
        ("KB410", "minor"),
    ]
    assert len({one["fingerprint"] for one in report}) == 3
    lines = bad.read_text("utf-8").splitlines()
    for one in report:
        assert one.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["location"]["path"] == str(bad)
        assert re.search("fishing|2999", lines[one["location"]["lines"]["begin"] - 1])
    bad.write_text("\n".join((lines[0], "# a line more", *lines[1:])), "utf-8")
    moved = json.loads(kb("lint", str(bad), "--format", "gitlab", KB_CONTENT_DIRS=content.root).stdout)
    assert [one["fingerprint"] for one in moved] == [one["fingerprint"] for one in report]
    assert [one["location"] for one in moved] != [one["location"] for one in report]


def test_lint_of_a_path_elsewhere_is_refused(kb: Run, content: Any, tmp_path: Path) -> None:
    outside = kb("lint", str(tmp_path), KB_CONTENT_DIRS=content.root)
    assert outside.exit_code == 2
    assert "KB_CONTENT_DIRS" in outside.stderr
    assert "does not exist" in kb("lint", str(tmp_path / "no"), KB_CONTENT_DIRS=content.root).stderr
    nowhere = kb("lint", KB_CONTENT_DIRS=tmp_path / "no")
    assert nowhere.exit_code == 1
    assert "KB_CONTENT_DIRS" in nowhere.stderr


def test_a_warning_is_shown_and_stops_nothing(kb: Run, content: Any) -> None:
    content.practice(
        "be-one", body="## Problem\n\nPeople receive messages.\n\n## Approach\n\nBlock them.\n\n## Odd\n\nX.\n"
    )
    result = kb("lint", KB_CONTENT_DIRS=content.root)
    assert result.exit_code == 0
    assert "KB201" in result.stdout
    assert "0 errors, 1 warning." in result.stderr


# --- index ---


def test_index_reports_what_it_did_and_does_nothing_twice(own: Run, content: Any, settings: Settings) -> None:
    content.practice("be-one")
    content.strategy("be-plan")
    dry = own("index", "--dry-run")
    assert (dry.exit_code, dry.stdout.startswith("Would index 2 texts of 2 notes: 2 to encode")) == (0, True)
    assert not (settings.data_dir / "index").exists()

    first = json.loads(own("index", "--json").stdout)
    assert (first["notes"], first["versions"], first["written"]) == (2, 2, True)
    assert first["encoded"] > 0

    second = json.loads(own("index", "--json").stdout)
    assert (second["encoded"], second["written"], second["chunks"]) == (0, False, first["chunks"])
    assert "Nothing to do: 2 notes" in own("index").stdout

    again = json.loads(own("index", "--json", "--rebuild").stdout)
    assert (again["encoded"], again["written"]) == (0, True)


def test_index_lists_every_error_with_its_place_and_writes_nothing(own: Run, content: Any, settings: Settings) -> None:
    one = content.practice("be-one", crime_types=["fishing"])
    two = content.practice("be-two", tlp=None)
    result = own("index")
    assert (result.exit_code, result.stdout) == (1, "")
    for path in (one, two):
        line = next(line for line in result.stderr.splitlines() if line.startswith(f"{path}:"))
        assert all(part.isdigit() for part in line.removeprefix(str(path)).split(":")[1:3])
    assert "nothing was indexed" in result.stderr
    assert not (settings.data_dir / "index" / "CURRENT").exists()


# --- search and show ---


def test_search_as_json_is_the_answer_of_the_api(real: Run, client: httpx.Client) -> None:
    asked = {
        "lang": "fr",
        "note_lang": "nl",
        "country": "BE",
        "crime_type": "phishing",
        "phase": "prevention",
        "kind": "practice",
        "status": "operational",
        "limit": "3",
    }
    options = [part for name, value in asked.items() for part in (f"--{name.replace('_', '-')}", value)]
    answers = [
        json.loads(real("search", QUESTION, "--json", *options).stdout),
        client.get("/v1/search", params={"q": QUESTION, **asked}).json(),
    ]
    for answer in answers:
        assert answer.pop("took_ms") > 0
        answer.pop("next")  # a terminal has no cursors
    assert answers[0]["practices"]
    assert answers[0] == answers[1]


def test_search_in_a_process_of_its_own_prints_the_answer_and_nothing_else(run_kb: RunProcess, data_dir: Path) -> None:
    done = run_kb("search", QUESTION, "--json", "--limit", "2", KB_DATA_DIR=data_dir)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["practices"]) == 2


def test_search_shows_both_lists_in_the_readers_language(real: Run) -> None:
    result = real("search", "online gebiedsverbod burgemeester Utrecht", "--lang", "nl", "--limit", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "[nl-online-area-ban]" in result.stdout
    assert "vernietigd" in result.stdout
    assert "Praktijken" in result.stdout
    assert "Strategische documenten" in result.stdout
    assert result.stdout.count("  1. ") == 2
    assert real("search", QUESTION, "--lang", "nl", "--organisation", "CCB").exit_code == 0


def test_search_says_where_nothing_relevant_was_found(real: Run) -> None:
    said = "Rien de pertinent n'a été trouvé."
    assert said in real("search", "recette de tarte aux pommes", "--lang", "fr").stdout
    found = real("search", "comment bloquer les sites d'hameçonnage", "--lang", "fr").stdout
    assert said not in found.partition("Documents stratégiques")[0]


def test_a_list_of_nearest_notes_only_says_so(real: Run, client: httpx.Client) -> None:
    question = {"q": "avertir les victimes de mots de passe volés", "lang": "fr"}
    answer = client.get("/v1/search", params=question).json()
    assert {one["level"] for one in answer["strategies"]} == {"low"}
    shown = real("search", question["q"], "--lang", "fr").stdout
    before, after = shown.split("Documents stratégiques")
    assert "Rien de pertinent n'a été trouvé." in after.splitlines()[1]
    assert "Rien de pertinent n'a été trouvé." not in before


def test_search_by_country_lists_each_and_the_links_of_its_notes(real: Run, client: httpx.Client) -> None:
    result = real("search", QUESTION, "--lang", "nl", "--by-country", "--limit", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Praktijken BE" in result.stdout
    assert re.search(r"voert uit: be-css-2(#o\d)+ \(verlopen\)", result.stdout)
    found = json.loads(real("search", QUESTION, "--lang", "nl", "--by-country", "--limit", "2", "--json").stdout)
    asked = {"q": QUESTION, "lang": "nl", "limit": 2, "group_by": "country"}
    assert found["by_country"] == client.get("/v1/search", params=asked).json()["by_country"]


def test_search_explains_in_the_readers_language(real: Run, client: httpx.Client) -> None:
    shown = real("search", QUESTION, "--lang", "fr", "--limit", "2", "--explain").stdout
    assert shown.count("Pourquoi ce résultat") == 4
    assert "type de criminalité\xa0: hameçonnage" in shown
    assert re.search(r"\d,\d{3} = sens \+0,\d{3}", shown)
    assert "Pourquoi" not in real("search", QUESTION, "--lang", "fr", "--limit", "2").stdout
    found = json.loads(real("search", QUESTION, "--limit", "2", "--explain", "--json").stdout)
    asked = {"q": QUESTION, "limit": 2, "explain": True}
    assert found["practices"] == client.get("/v1/search", params=asked).json()["practices"]


@pytest.mark.parametrize(
    ("option", "value", "accepted"),
    [
        ("--lang", "de", "nl"),
        ("--note-lang", "de", "nl"),
        ("--country", "ZZ", "BE"),
        ("--crime-type", "x", "phishing"),
        ("--phase", "x", "prevention"),
        ("--kind", "x", "practice"),
        ("--status", "x", "annulled"),
        ("--organisation", "cbb", "ccb"),
        ("--limit", "0", "1 to 50"),
        ("--limit", "51", "1 to 50"),
    ],
)
def test_a_wrong_value_ends_with_2_and_the_accepted_ones(real: Run, option: str, value: str, accepted: str) -> None:
    result = real("search", QUESTION, option, value)
    assert (result.exit_code, result.stdout) == (2, "")
    assert accepted in result.stderr


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001, "a\x07b"])
def test_a_bad_question_ends_with_2(real: Run, question: str) -> None:
    result = real("search", question)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "question" in result.stderr


def test_eval_measures_a_collection_over_the_notes(real: Run, tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "hoe blokkeren we phishingsites", "lang": "nl"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\tgrade\nq\tnl-anti-phishing-shield\t3\n")
    report = json.loads(real("eval", str(tmp_path), "--json").stdout)
    assert report["needs"]["nl"] == {"P@1": 1.0, "R@5": 1.0, "nDCG@10": 1.0}
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert "no difference" in real("eval", "--compare", *[str(tmp_path / "report.json")] * 2).stdout
    for arguments in (["eval"], ["eval", str(tmp_path / "no")], ["eval", str(tmp_path), "--language", "de"]):
        result = real(*arguments)
        assert result.exit_code == 1
        assert result.stderr


def test_stats_prints_what_the_api_answers(real: Run, client: httpx.Client) -> None:
    assert json.loads(real("stats", "--json").stdout) == client.get("/v1/coverage").json()
    shown = real("stats").stdout
    for title in ("Notes", "Countries", "Written in", "Evidence", "Missing translations", "To be reviewed"):
        assert title in shown
    assert re.search(r"^  phishing: .*prevention .*BE \d", shown, re.MULTILINE)


def test_show_prints_a_note_as_the_api_answers_it(real: Run, client: httpx.Client) -> None:
    shown = real("show", "be-baps", "--lang", "nl", "--json")
    assert json.loads(shown.stdout) == client.get("/v1/notes/be-baps", params={"lang": "nl"}).json()
    text = real("show", "nl-online-area-ban", "--lang", "en").stdout
    assert "annulled" in text
    assert "TLP:CLEAR" in text
    assert "https://" in text


def test_an_unknown_note_ends_with_1_and_an_unknown_language_with_2(real: Run) -> None:
    missing = real("show", "be-nothing")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "be-nothing" in missing.stderr
    wrong = real("show", "be-baps", "--lang", "de")
    assert wrong.exit_code == 2
    assert "en, fr, nl" in wrong.stderr


@pytest.mark.parametrize("command", [("search", "phishing"), ("show", "be-baps")])
def test_without_an_index_the_command_that_makes_one_is_named(own: Run, command: tuple[str, ...]) -> None:
    result = own(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "kb index" in result.stderr


def test_a_store_that_is_down_is_no_empty_answer(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_QDRANT_URL", "http://127.0.0.1:9")
    result = real("search", "phishing", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "KB_QDRANT_URL" in result.stderr
