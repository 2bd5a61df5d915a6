"""`kb` in the terminal: exit codes, messages, and the same answers as over HTTP."""

import json
import re
import shutil
import subprocess
import sys
from itertools import chain

import pytest
from qdrant_client import models
from typer.main import get_command

from api.cli.console import say
from api.cli.main import app
from ingest.indexing.index import index_content
from kb.store.embedded.store import EdgeStore
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from tests.api.cli.conftest import REPOSITORY
from tests.qdrant_over_http import nodes

QUESTION = "hoe blokkeren we phishingsites"


def test_help_lists_every_command_and_version_prints_it(kb):
    output = kb("--help")
    assert (output.exit_code, output.stderr) == (0, "")
    assert all(f"  {command} " in output.stdout for command in get_command(app).commands)
    assert kb("--version").stdout.startswith("kb 0.")
    assert kb("nonsense").exit_code == 2


def test_help_and_lint_start_no_engine(content):
    content.practice("be-one")
    script = (
        "import sys\nfrom api.cli.main import app\n"
        "for arguments in (['--help'], ['lint', '--help'], ['lint'], ['lint', '--list']):\n"
        "    app(arguments, standalone_mode=False)\n"
        "heavy = {'torch', 'haystack', 'openvino', 'qdrant_edge', 'qdrant_client', 'sentence_transformers'}\n"
        "heavy |= {'fastapi', 'numpy', 'tokenizers', 'watchfiles'}\n"
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


def test_index_reports_what_it_did_and_does_nothing_twice(indexing, content, settings):
    content.practice("be-one")
    content.strategy("be-plan")
    dry = indexing("index", "--dry-run")
    assert (dry.exit_code, dry.stdout.startswith("Would index 2 texts of 2 notes: 2 to encode")) == (0, True)
    assert not (settings.data_dir / "index").exists()

    first = json.loads(indexing("index", "--json").stdout)
    assert (first["notes"], first["versions"], first["written"]) == (2, 2, True)
    assert first["encoded"] > 0

    second = json.loads(indexing("index", "--json").stdout)
    assert (second["encoded"], second["written"], second["chunks"]) == (0, False, first["chunks"])
    assert "Nothing to do: 2 notes" in indexing("index").stdout

    again = json.loads(indexing("index", "--json", "--rebuild").stdout)
    assert (again["encoded"], again["written"]) == (0, True)


def test_a_place_is_printed_as_it_is(capsys):
    say("content/practices/be-one/nl.md:100:1: KB201")
    assert capsys.readouterr().err == "content/practices/be-one/nl.md:100:1: KB201\n"


def test_index_lists_every_error_with_its_place_and_indexes_what_is_right(indexing, content, settings):
    content.practice("be-good")
    content.practice("be-one")
    indexing("index")
    paths = (content.practice("be-one", crime_types=["fishing"]), content.practice("be-two", tlp=None))
    for options, code in ((), 0), (("--strict",), 1), (("--refit", "--strict"), 1):
        result = indexing("index", *options)
        assert (result.exit_code, "2 notes, 2 texts" in result.stdout) == (code, True)
        for path in paths:
            assert re.search(rf"^{re.escape(str(path))}:\d+:\d+: KB", result.stderr, re.MULTILINE)
        assert "As they were, until their errors are mended: be-one." in result.stderr
        assert "Not found until their errors are mended: be-two." in result.stderr
    report = json.loads(indexing("index", "--json").stdout)
    assert (report["kept"], report["refused"], report["complete"]) == (["be-one"], ["be-two"], False)
    content.practice("be-one")
    content.practice("be-two", draft=True, crime_types=["fishing"])
    assert indexing("index", "--strict").exit_code == 0  # drafts stop nothing


@pytest.mark.parametrize(
    "asked",
    [
        {
            "lang": "fr",
            "note_lang": "nl",
            "country": "BE",
            "crime_type": "phishing",
            "status": "operational",
            "limit": 3,
        },
        {"lang": "nl", "limit": 2, "group_by": "country"},
        {"limit": 2, "explain": True},
    ],
    ids=["filters", "by-country", "explain"],
)
def test_search_as_json_is_the_answer_of_the_api(real, client, asked):
    flags = {"group_by": "--by-country", "explain": "--explain"}
    options = [[flags[name]] if name in flags else [f"--{name.replace('_', '-')}", str(asked[name])] for name in asked]
    answers = [
        json.loads(real("search", QUESTION, "--json", *chain(*options)).stdout),
        client.get("/v1/search", params={"q": QUESTION, **asked}).json(),
    ]
    for answer in answers:
        assert answer.pop("took_ms") > 0
        answer.pop("next")  # a terminal has no cursors
    assert answers[0]["practices"]
    assert answers[0] == answers[1]


def test_search_shows_all_lists_in_the_readers_language(real):
    result = real("search", "online gebiedsverbod burgemeester Utrecht", "--lang", "nl", "--limit", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("[nl-online-area-ban]", "vernietigd"):
        assert words in result.stdout
    lists = re.findall(r"^(\w.*)\n(?:  .*\n)?  1\. ", f"{result.stdout}", re.MULTILINE)
    assert lists == ["Praktijken", "Strategische documenten", "Bevoegdheden", "Draaiboeken"]


def test_hits_and_notes_say_whom_to_reach(real, client):
    found = real("search", "klant gebeld door een nepmedewerker van de bank", "--lang", "nl", "--limit", "1").stdout
    whole = real("show", "bank-helpdesk-fraud", "--lang", "nl").stdout
    note = client.get("/v1/notes/bank-helpdesk-fraud?lang=nl").json()
    assert "[bank-helpdesk-fraud]" in found
    assert len(note["contacts"]) > 3
    for contact in note["contacts"]:
        assert f"  {contact['name']} (" in whole
    for country in ("BE", "NL", "LU"):
        first = next(contact for contact in note["contacts"] if contact["countries"] == [country])
        assert f"     {first['name']} ({country}): " in found


def test_search_offers_another_question_for_one_with_a_slip(real):
    shown = real("search", "aangfite van phishing", "--lang", "nl", "--limit", "1").stdout
    assert shown.startswith("Bedoelde u: aangifte van phishing\n")


def test_search_explains_in_the_readers_language(real):
    output = real("search", QUESTION, "--lang", "fr", "--limit", "2", "--explain").stdout
    assert output.count("Pourquoi ce résultat") == len(re.findall(r"\d,\d{3} = sens \+0,\d{3}", output)) == 8


def test_search_says_of_each_list_that_nothing_relevant_was_found(real):
    nothing = "Rien de pertinent n'a été trouvé."
    assert nothing in real("search", "recette de tarte aux pommes", "--lang", "fr").stdout
    output = real("search", "avertir les victimes de mots de passe volés", "--lang", "fr").stdout
    before, after = output.split("Documents stratégiques")
    quiet = "fiches s'en approchent, mais aucune ne répond à la question"
    assert quiet in after.splitlines()[1]
    assert quiet not in before
    assert nothing not in output


def test_search_shows_what_answers_first_and_of_the_rest_titles_alone(real):
    shown = real("search", "sextorsion d'un mineur, que faire", "--lang", "fr").stdout
    playbooks, others = shown.split("Pratiques")
    assert re.search(r"^  1\. .*\[sextortion-child\]\n     très pertinent · BE/NL/LU · ", playbooks, re.MULTILINE)
    assert re.search(r"^  1\. .*\]\n  2\. .*\]\n", others, re.MULTILINE)


def test_hits_and_notes_have_their_address_where_pages_are_published(real):
    assert "/notes/" not in real("search", "phishing", "--lang", "nl", "--limit", "1").stdout
    site = {"KB_PUBLIC_URL": "https://practices.example"}
    found = real("search", "phishing", "--lang", "nl", "--limit", "1", **site).stdout
    assert "     https://practices.example/notes/" in found
    assert "https://practices.example/notes/be-baps?lang=nl\n" in real("show", "be-baps", "--lang", "nl", **site).stdout


def test_each_country_at_a_glance_has_a_note_by_its_title_or_nothing_relevant(real):
    found = real("search", "mag een agent undercover gaan in een telegramgroep", "--lang", "nl").stdout
    assert re.search(r"^NL  \S.*  \[nl-undercover\]$", found, re.MULTILINE)
    assert re.search(r"^LU  .*\[lu-undercover\] \(zelfde bevoegdheid\)$", found, re.MULTILINE)
    assert re.search(r"^meer landen, Europa, wereld  Niets relevants$", found, re.MULTILINE)


def test_search_says_what_does_not_hold_in_the_country_asked_about(real):
    output = real("search", "phishingsites blokkeren in Luxemburg", "--lang", "nl").stdout
    assert re.search(r"^ +relevant · (BE|NL) · .*geldt niet in: LU", output, re.MULTILINE)
    assert not re.search(r"^ +(zeer )?relevant · LU · .*geldt niet in", output, re.MULTILINE)


def test_search_by_country_lists_each_and_the_links_of_its_notes(real):
    result = real("search", QUESTION, "--lang", "nl", "--by-country", "--limit", "2")
    assert "Praktijken BE" in result.stdout
    assert re.search(r"voert uit: be-css-2(#o\d)+ \(verlopen\)", result.stdout)


def test_eval_measures_a_collection_over_the_notes(real, tmp_path):
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "hoe blokkeren we phishingsites", "lang": "nl"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\tgrade\nq\tnl-anti-phishing-shield\t3\n")
    report = json.loads(real("eval", str(tmp_path), "--json").stdout)
    assert report["needs"]["nl"] == dict.fromkeys(("P@1", "R@5", "R@5_low", "R@5_high", "nDCG@10"), 1.0)
    (tmp_path / "report.json").write_text(json.dumps(report))
    assert "no difference" in real("eval", "--compare", *[str(tmp_path / "report.json")] * 2).stdout
    for arguments in ([], [str(tmp_path / "no")], [str(tmp_path), "--language", "de"]):
        result = real("eval", *arguments)
        assert (result.exit_code, bool(result.stderr)) == (1, True)


def test_stats_prints_what_the_api_answers(real, client):
    assert json.loads(real("stats", "--json").stdout) == client.get("/v1/coverage").json()
    output = real("stats").stdout
    for title in ("Notes", "Countries", "Written in", "Evidence", "Missing translations", "To be reviewed"):
        assert title in output
    assert re.search(r"^  phishing: .*prevention .*BE \d", output, re.MULTILINE)


def test_an_index_is_pushed_to_a_server_as_it_is(indexing, content, settings, fake_encoder):
    content.practice("be-one", tlp="green")
    content.strategy("be-plan")
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    embedded = EdgeStore(settings.data_dir).reader()
    with nodes() as [node]:
        copies = {"KB_QDRANT_SHARDS": 3, "KB_QDRANT_REPLICAS": 4, "KB_QDRANT_WRITE_CONSISTENCY": 2}
        others = {"KB_QDRANT_READ_CONSISTENCY": "all", "KB_QDRANT_ON_DISK": True, "KB_QDRANT_QUANTIZED": True}
        pushed = indexing("index", "push", KB_QDRANT_URL=node.url, **copies, **others)
        assert (pushed.exit_code, "2 notes, 2 texts" in pushed.stdout) == (0, True), pushed.output
        _, made = (each.body for each in node.answered if isinstance(each.body, models.CreateCollection))
        assert (made.shard_number, made.replication_factor, made.write_consistency_factor) == (3, 4, 2)
        assert (made.vectors["dense"].on_disk, bool(made.quantization_config)) == (True, True)
        assert any(each.parameters.get("consistency") == "all" for each in node.answered)
        there = ServerStore(Nodes.at(node.url, None, 20), "kb")
        on_server = there.reader()
        assert on_server.manifest.to_json() == embedded.manifest.to_json()
        assert dict(on_server.scroll({})) == dict(embedded.scroll({}))
        for mine, theirs in zip(
            sorted(on_server.points(), key=by_id), sorted(embedded.points(), key=by_id), strict=True
        ):
            assert mine.dense == pytest.approx(theirs.dense, abs=1e-6)
        again = index_content(settings, there, fake_encoder)
        assert (again.encoded, again.written) == (0, False)
        for note_id in ("be-one", "be-two"):
            content.practice(note_id, title="Another title")
            index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
            for _ in range(2):  # what is there is no newer for having been pushed
                assert indexing("index", "push", KB_QDRANT_URL=node.url).exit_code == 0
    nowhere = indexing("index", "push", KB_QDRANT_URL="")
    assert (nowhere.exit_code, "KB_QDRANT_URL" in nowhere.stderr) == (1, True)


def test_an_index_is_not_pushed_over_a_newer_one(indexing, content, settings, fake_encoder):
    """It would bring back what was withdrawn or restricted since."""
    for note_id in ("be-goes", "be-stays"):
        content.practice(note_id)
    here = EdgeStore(settings.data_dir)
    index_content(settings, here, fake_encoder)
    with nodes() as [node]:
        there = ServerStore(Nodes.at(node.url, None, 20), "kb")
        assert indexing("index", "push", KB_QDRANT_URL=node.url).exit_code == 0
        shutil.rmtree(content.root / "practices" / "be-goes")
        index_content(settings, there, fake_encoder)
        refused = indexing("index", "push", KB_QDRANT_URL=node.url)
        assert (refused.exit_code, "newer than that in the data directory. Run `kb index`." in refused.stderr) == (
            1,
            True,
        )
        assert there.reader().facet("note_id", {}).keys() == {"be-stays"}
        content.practice("be-new")
        index_content(settings, EdgeStore(settings.data_dir / "anew"), fake_encoder)
        (settings.data_dir / "index").rename(settings.data_dir / "before")
        (settings.data_dir / "anew" / "index").rename(settings.data_dir / "index")
        assert indexing("index", "push", KB_QDRANT_URL=node.url).exit_code == 0
        assert there.reader().facet("note_id", {}).keys() == {"be-stays", "be-new"}
        assert [gone.note_id for gone in there.info().journal.gone] == ["be-goes"]  # for those who follow changes


def by_id(point):
    return point.record_id


def test_show_prints_a_note_as_the_api_answers_it(real, client):
    output = real("show", "be-baps", "--lang", "nl", "--json")
    assert json.loads(output.stdout) == client.get("/v1/notes/be-baps", params={"lang": "nl"}).json()
    text = real("show", "nl-online-area-ban", "--lang", "en").stdout
    assert all(words in text for words in ("annulled", "TLP:CLEAR", "https://"))


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "message"),
    [
        (("search", QUESTION, "--organisation", "cbb"), {}, 2, "ccb"),
        (("search", QUESTION, "--limit", "51"), {}, 2, "1 to 50"),
        (("show", "be-nothing"), {}, 1, "be-nothing"),
        (("show", "be-bapss"), {}, 1, "Did you mean `be-baps`?"),
        (("show", "be-baps", "--lang", "de"), {}, 2, "en, fr, nl"),
        (("lint",), {"KB_CONTENT_DIR": "x"}, 1, "KB_CONTENT_DIR. Did you mean `KB_CONTENT_DIRS`?"),
        (("search", "phishing", "--json"), {"KB_QDRANT_URL": "http://127.0.0.1:9"}, 1, "KB_QDRANT_URL"),
    ],
)
def test_what_cannot_be_asked_or_shown_is_no_empty_answer(real, arguments, settings, code, message):
    result = real(*arguments, **settings)
    assert (result.exit_code, result.stdout, message in result.stderr) == (code, "", True)


@pytest.mark.parametrize(
    "asked", ["search phishing", "show be-baps", "stats", f"eval {REPOSITORY}/tests/relevance/needs"]
)
def test_without_an_index_a_command_says_so_before_model_files_are_made(real, tmp_path, asked):
    nowhere = tmp_path / "none"
    result = real(*asked.split(), KB_DATA_DIR=str(nowhere))
    assert (result.exit_code, result.stdout, "`kb index`" in result.stderr) == (1, "", True)
    assert not nowhere.exists()
