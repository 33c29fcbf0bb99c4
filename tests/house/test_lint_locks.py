"""Locks that anybody can trust and use.

Every package is pinned with its hashes, so that what was tested is what is installed; no lock names an address, so
that a mirror or a closed network serves as well; and every direct dependency is in the lock, so that no figure rests
on a package that came by accident.
"""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[^]]*\])?==(\S+)(.*)$")
LOCKS = {"base.lock": (), "dev.lock": ("build", "dev"), "all.lock": ("build", "cluster", "dev", "postgres", "redis")}


def _pins(text):
    return {canonicalize_name(found[1]): found[3] for line in text.splitlines() if (found := PIN.match(line))}


def _wanted(root, extras):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(line) for lines in lists for line in lines]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_every_direct_dependency_at_a_version_we_allow(root, name):
    pins = _pins((root / "requirements" / name).read_text())
    wrong = [
        f"{wanted} is locked at {locked or 'nothing'}"
        for wanted in _wanted(root, LOCKS[name])
        for locked in [pins.get(canonicalize_name(wanted.name))]
        if locked is None or not wanted.specifier.contains(locked, prereleases=True)
    ]
    assert not wrong, "make lock:\n" + "\n".join(wrong)


def test_the_locks_agree_with_each_other(root):
    locked = {name: _pins((root / "requirements" / name).read_text()) for name in LOCKS}
    for smaller in ("base.lock", "dev.lock"):
        apart = {name for name, version in locked[smaller].items() if locked["all.lock"].get(name) != version}
        assert not apart, f"{smaller} and all.lock differ: {sorted(apart)}"


def test_every_pin_has_its_hashes_and_no_lock_names_an_address(root):
    for path in sorted((root / "requirements").glob("*.lock")):
        text = path.read_text()
        assert not re.search(r"[a-z+]+://|^\s*(-i|-f|--find-links|--(extra-)?index)", text, re.M), path.name
        blocks = re.split(r"\n(?=[A-Za-z0-9])", text.replace("\\\n", " "))
        bare = [
            line.split()[0] for line in blocks if PIN.match(line.split(" ;")[0].split("  ")[0]) and "sha256" not in line
        ]
        assert not bare, f"{path.name}: {bare}"


def test_one_command_tests_and_checks_here_and_in_ci(root):
    makefile = (root / "Makefile").read_text()
    run = root / ".ci" / "run"
    assert {"demo", "demo-real", "test", "check", "bench", "serve", "clean"} <= set(
        re.findall(r"^([a-z-]+):", makefile, re.M)
    )
    assert run.stat().st_mode & 0o111, ".ci/run can be run"
    assert "make test" in run.read_text()
    assert "make check" in run.read_text()
    assert ".ci/run" in (root / ".github" / "workflows" / "ci.yml").read_text()
