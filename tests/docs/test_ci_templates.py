"""What others who keep notes are given works: the hook, the jobs for GitHub and GitLab, the settings of the editor."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from api.cli.main import app
from kb.text.languages import Language

REPOSITORY = Path(__file__).parents[2]
CI = REPOSITORY / "docs" / "ci"
SETTINGS = REPOSITORY / ".vscode"
NAMES_B = "## Problem\n\nX.\n\n## Approach\n\nAs [there](../be-b/).\n"


def read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def environment(folder: Path) -> dict[str, str]:
    """With `kb` and `pre-commit` on the path, an author for Git, and nothing of the operator's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KB_", "GIT_", "PRE_COMMIT"))}
    who = {f"GIT_{role}_{part}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    return {
        **kept, **who, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(REPOSITORY), "PRE_COMMIT_HOME": str(folder / "store"), "HOME": str(folder),
    }  # fmt: skip


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=environment(cwd.parent), capture_output=True, text=True, timeout=90, check=False
    )


def committed(folder: Path) -> str:
    """Make a folder a Git repository, and name its commit."""
    for command in ("init -q", "add -A", "commit -q -m first", "rev-parse HEAD"):
        done = run(["git", *shlex.split(command)], folder)
        assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def notes(content: Any, tmp_path: Path) -> Any:
    """A repository of notes in `content`, two of them, one of which names the other."""
    content.practice("be-a", body=NAMES_B)
    content.practice("be-b")
    folder = tmp_path / "notes"
    shutil.copytree(content.root, folder / "content")
    content.root = folder / "content"
    return content


def lines(path: Path) -> list[str]:
    """The lines that a template has run by a shell."""
    read_ = read(path)
    jobs = read_["jobs"].values() if "jobs" in read_ else [one for one in read_.values() if "script" in one]
    return [line for job in jobs for line in (job.get("script") or [s["run"] for s in job["steps"] if "run" in s])]


def scripts(path: Path) -> list[str]:
    """The same without what installs."""
    kept = [line for line in lines(path) if not line.startswith("pip ")]
    assert kept
    return kept


def commands() -> list[str]:
    """Every call of `kb` in what is given to others and in what tells authors to type."""
    task = read(SETTINGS / "tasks.json")["tasks"][0]
    texts = [*CI.glob("*.yml"), CI / "README.md", REPOSITORY / "CONTRIBUTING.md", REPOSITORY / "docs" / "authors.md"]
    typed = {
        one.split(">")[0].split("||")[0]
        for path in texts
        for one in re.findall(
            r"(?:`|(?<=/)|^)kb ([a-z][^`\n]*)" if path.suffix == ".md" else r"(?:^|\|\| )kb ([^|\n]*)",
            path.read_text("utf-8") if path.suffix == ".md" else "\n".join(scripts(path)),
            re.MULTILINE,
        )
    }
    hooks = [hook["entry"].removeprefix("kb ") for hook in read(REPOSITORY / ".pre-commit-hooks.yaml")]
    return sorted({one.strip() for one in (*typed, *hooks, " ".join(task["args"]))})


@pytest.mark.parametrize("line", commands())
def test_every_command_exists_with_its_options(line: str) -> None:
    name, *arguments = shlex.split(line)
    command = get_command(app).commands[name]  # type: ignore[attr-defined]  # it is a group
    if arguments:  # else it is spoken of, and not told to be typed
        command.make_context(name, arguments)


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_a_job_installs_nothing_whose_place_nobody_has_named(name: str, tmp_path: Path) -> None:
    installs = [line for line in lines(CI / name) if line.startswith("pip ")]
    assert installs
    for line in installs:
        for package, said in (("", "set KB_PACKAGE to git+https://…@TAG"), ("git+https://a.example@v1", "")):
            shell = f'KB_PACKAGE={package}; pip() {{ echo "$@"; }}; {line}'
            done = run(["sh", "-c", shell], tmp_path)
            assert (done.returncode == 0, done.stdout.strip()) == (bool(package), package and f"install {package}")
            assert said in done.stderr
    assert "benelux-practice-base" not in (CI / name).read_text("utf-8")


def test_the_hook_stops_what_lint_refuses_and_sees_notes_that_are_gone(notes: Any, tmp_path: Path) -> None:
    manifest = tmp_path / "hooks"
    manifest.mkdir()
    shutil.copy(REPOSITORY / ".pre-commit-hooks.yaml", manifest)
    folder = notes.root.parent
    # What README.md of docs/ci says, but for the address, and for `kb` as it is installed here.
    said = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```", (CI / "README.md").read_text("utf-8"), re.M | re.S)[0])
    said["repos"][0] |= {"repo": str(manifest), "rev": committed(manifest)}
    said["repos"][0]["hooks"][0]["language"] = "system"
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(said), "utf-8")
    committed(folder)

    def hook() -> subprocess.CompletedProcess[str]:
        run(["git", "add", "-A"], folder)
        return run(["pre-commit", "run"], folder)

    clean = hook()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    shutil.rmtree(folder / "content" / "practices" / "be-b")
    gone = hook()
    assert gone.returncode == 1
    assert "content/practices/be-a/en.md:" in gone.stdout
    assert "KB203" in gone.stdout


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_the_jobs_pass_clean_notes_and_fail_with_their_reports_otherwise(name: str, notes: Any) -> None:
    folder = notes.root.parent

    def job() -> tuple[list[int], str]:
        done = [run(["bash", "-eo", "pipefail", "-c", line], folder) for line in scripts(CI / name)]
        return [one.returncode for one in done], "".join(one.stdout for one in done)

    codes, said = job()
    assert (set(codes), "KB" in said) == ({0}, False)
    notes.practice("be-a", body=NAMES_B, crime_types=["fishing"])
    codes, said = job()
    where = "content/practices/be-a/en.md"
    if name == "github.yml":
        assert codes == [1, 0]
        assert f"::error file={where},line=" in said
        results = read_json(folder / "notes.sarif")["runs"][0]["results"]
        assert [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results] == [where]
        upload = read(CI / name)["jobs"]["code-scanning"]["steps"][-1]
        assert upload["with"]["sarif_file"] == "notes.sarif"
    else:
        assert codes == [0, 1]
        assert f"{where}:" in said
        report = read(CI / name)["notes"]["artifacts"]["reports"]["codequality"]
        assert [one["location"]["path"] for one in read_json(folder / report)] == [where]


def read_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_editor_reads_every_problem_that_lint_prints(notes: Any) -> None:
    notes.practice("be-a", body=NAMES_B, crime_types=["fishing"], started="2999")
    (task,) = read(SETTINGS / "tasks.json")["tasks"]
    printed = run(["kb", *task["args"]], notes.root.parent).stdout.splitlines()
    pattern = task["problemMatcher"]["pattern"]
    found = [re.match(pattern["regexp"], line) for line in printed]
    assert len(found) == 2
    assert all(found)
    read_ = [
        {part: one[place] for part, place in pattern.items() if part != "regexp"} for one in found if one is not None
    ]
    assert [(one["code"], one["severity"] or task["problemMatcher"]["severity"]) for one in read_] == [
        ("KB111", "error"), ("KB410", "warning"),
    ]  # fmt: skip
    for one in read_:
        text = (notes.root.parent / one["file"]).read_text("utf-8").splitlines()[int(one["line"]) - 1]
        assert re.search("fishing|2999", text[int(one["column"]) - 1 :])
        assert not one["message"].startswith("warning")


def test_the_editor_checks_on_saving_and_spells_every_language() -> None:
    settings = read(SETTINGS / "settings.json")
    (task,) = read(SETTINGS / "tasks.json")["tasks"]
    assert settings["triggerTaskOnSave.tasks"].keys() == {task["label"]}
    assert task["command"].endswith("/.venv/bin/kb")
    assert [one["filename"] for one in settings["cSpell.overrides"]] == [f"**/{language}.md" for language in Language]
    assert (settings["files.encoding"], settings["files.eol"]) == ("utf8", "\n")
    recommended = read(SETTINGS / "extensions.json")["recommendations"]
    assert "gruntfuggly.triggertaskonsave" in recommended
