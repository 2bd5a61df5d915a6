"""The hook, the jobs for GitHub and GitLab and the settings of the editor work; commands named in documents exist."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from api.cli.main import app
from kb.text.languages import Language

REPOSITORY = Path(__file__).parents[2]
CI = REPOSITORY / "docs" / "ci"
SETTINGS = REPOSITORY / ".vscode"
TEMPLATES = ("github.yml", "gitlab.yml")
NAMES_B = "## Problem\n\nX.\n\n## Approach\n\nAs [there](../be-b/).\n"


def read(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def run(command, cwd):
    """Run with `kb` and `pre-commit` on the path, an author for Git, and nothing of the operator's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KB_", "GIT_", "PRE_COMMIT"))}
    who = {f"GIT_{role}_{part}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "PRE_COMMIT_HOME": str(cwd.parent / "store"),
        "HOME": str(cwd.parent),
    }
    return subprocess.run(
        command, cwd=cwd, env=kept | who | own, capture_output=True, text=True, timeout=90, check=False
    )


def committed(folder):
    """Make a folder a Git repository, and return its commit."""
    for command in ("init -q", "add -A", "commit -q -m first", "rev-parse HEAD"):
        done = run(["git", *shlex.split(command)], folder)
        assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def notes(content, tmp_path):
    """A repository of notes in `content`, two of them, one of which names the other."""
    content.practice("be-a", body=NAMES_B)
    content.practice("be-b")
    folder = tmp_path / "notes"
    shutil.copytree(content.root, folder / "content")
    content.root = folder / "content"
    return content


def lines(name, installing=False):
    """Return the lines that a template has run by a shell: those that install, or all others."""
    template = read(CI / name)
    jobs = template["jobs"].values() if "jobs" in template else [job for job in template.values() if "script" in job]
    found = [line for job in jobs for line in (job.get("script") or [s["run"] for s in job["steps"] if "run" in s])]
    return [line for line in found if line.startswith("pip ") is installing]


def commands():
    """Return every call of `kb` in templates, settings, hook and documents."""
    texts = [path.read_text("utf-8") for path in (*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"))]
    found = re.findall(r"`(?:\.venv/bin/)?kb ([a-z][^`\n]*)`", "\n".join(texts))
    for name in TEMPLATES:
        found += re.findall(r"(?:^|\|\| )kb ([^|>\n]*)", "\n".join(lines(name)), re.MULTILINE)
    found += [hook["entry"].removeprefix("kb ") for hook in read(REPOSITORY / ".pre-commit-hooks.yaml")]
    found += [" ".join(task["args"]) for task in read(SETTINGS / "tasks.json")["tasks"]]
    return sorted({call.strip() for call in found})


@pytest.mark.parametrize("line", commands())
def test_every_command_exists_with_its_options(line):
    name, *arguments = shlex.split(line)
    command = get_command(app).commands[name]
    if arguments and not any(word.isupper() or "…" in word for word in arguments):
        command.make_context(name, arguments)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_job_installs_nothing_whose_place_nobody_has_named(name, tmp_path):
    assert lines(name, installing=True)
    for line in lines(name, installing=True):
        for package, error in (("", "set KB_PACKAGE to git+https://…@TAG"), ("git+https://a.example@v1", "")):
            shell = f'KB_PACKAGE={package}; pip() {{ echo "$@"; }}; {line}'
            done = run(["sh", "-c", shell], tmp_path)
            assert (done.returncode == 0, done.stdout.strip()) == (bool(package), package and f"install {package}")
            assert error in done.stderr
    assert "benelux-practice-base" not in (CI / name).read_text("utf-8")


def test_the_hook_stops_what_lint_refuses_and_sees_notes_that_are_gone(notes, tmp_path):
    manifest = tmp_path / "hooks"
    manifest.mkdir()
    shutil.copy(REPOSITORY / ".pre-commit-hooks.yaml", manifest)
    folder = notes.root.parent
    # What README.md of docs/ci says, but for the address, and for `kb` as it is installed here.
    config = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```", (CI / "README.md").read_text("utf-8"), re.M | re.S)[0])
    config["repos"][0] |= {"repo": str(manifest), "rev": committed(manifest)}
    config["repos"][0]["hooks"][0]["language"] = "system"
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    committed(folder)

    def hook():
        run(["git", "add", "-A"], folder)
        return run(["pre-commit", "run"], folder)

    clean = hook()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    shutil.rmtree(folder / "content" / "practices" / "be-b")
    gone = hook()
    assert gone.returncode == 1
    assert "content/practices/be-a/en.md:" in gone.stdout
    assert "KB203" in gone.stdout


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_jobs_pass_clean_notes_and_fail_with_their_reports_otherwise(name, notes):
    folder = notes.root.parent

    def job():
        done = [run(["bash", "-eo", "pipefail", "-c", line], folder) for line in lines(name)]
        return [each.returncode for each in done], "".join(each.stdout for each in done)

    codes, printed = job()
    assert (set(codes), "KB" in printed) == ({0}, False)
    notes.practice("be-a", body=NAMES_B, crime_types=["fishing"])
    codes, printed = job()
    where = "content/practices/be-a/en.md"
    if name == "github.yml":
        assert codes == [1, 0]
        assert f"::error file={where},line=" in printed
        results = json.loads((folder / "notes.sarif").read_text("utf-8"))["runs"][0]["results"]
        assert [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results] == [where]
        upload = read(CI / name)["jobs"]["code-scanning"]["steps"][-1]
        assert upload["with"]["sarif_file"] == "notes.sarif"
    else:
        assert codes == [0, 1]
        assert f"{where}:" in printed
        report = read(CI / name)["notes"]["artifacts"]["reports"]["codequality"]
        assert [each["location"]["path"] for each in read(folder / report)] == [where]


def test_the_editor_reads_every_problem_that_lint_prints(notes):
    notes.practice("be-a", body=NAMES_B, crime_types=["fishing"], started="2999")
    (task,) = read(SETTINGS / "tasks.json")["tasks"]
    printed = run(["kb", *task["args"]], notes.root.parent).stdout.splitlines()
    pattern = task["problemMatcher"]["pattern"]
    found = [match for line in printed if (match := re.match(pattern["regexp"], line))]
    assert len(found) == len(printed) == 2
    problems = [{part: match[group] for part, group in pattern.items() if part != "regexp"} for match in found]
    assert [(each["code"], each["severity"]) for each in problems] == [("KB111", None), ("KB410", "warning")]
    assert task["problemMatcher"]["severity"] == "error"
    for each in problems:
        text = (notes.root.parent / each["file"]).read_text("utf-8").splitlines()[int(each["line"]) - 1]
        assert re.search("fishing|2999", text[int(each["column"]) - 1 :])
        assert not each["message"].startswith("warning")


def test_the_editor_checks_on_saving_and_spells_every_language():
    settings = read(SETTINGS / "settings.json")
    (task,) = read(SETTINGS / "tasks.json")["tasks"]
    assert settings["triggerTaskOnSave.tasks"].keys() == {task["label"]}
    assert task["command"].endswith("/.venv/bin/kb")
    spelt = [override["filename"] for override in settings["cSpell.overrides"]]
    assert spelt == [f"**/{language}.md" for language in Language]
    assert (settings["files.encoding"], settings["files.eol"]) == ("utf8", "\n")
    assert "gruntfuggly.triggertaskonsave" in read(SETTINGS / "extensions.json")["recommendations"]
