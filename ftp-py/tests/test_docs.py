"""Every public name has a docstring with an example, and every example runs."""

from __future__ import annotations

import doctest
import inspect

import pytest

import ftp_py

# Names of types, which have nothing to run.
ALIASES = {"Address", "ClientOutput", "Event", "Mode", "Name", "Output", "ServerOutput"}
PUBLIC = sorted(set(ftp_py.__all__) - ALIASES)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_an_example_that_runs(name: str) -> None:
    documented = getattr(ftp_py, name)
    text = inspect.getdoc(documented) or ""
    examples = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert examples.examples, f"ftp_py.{name} has no example"
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    failed, _ = runner.run(examples, out=said.append)
    assert not failed, "".join(said)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_a_class_offers_is_documented(name: str) -> None:
    documented = getattr(ftp_py, name)
    if not inspect.isclass(documented) or issubclass(documented, Exception):
        return
    for member, value in vars(documented).items():
        if not member.startswith("_") and (callable(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"ftp_py.{name}.{member}"


def test_the_package_itself_has_an_example() -> None:
    failed, tried = doctest.testmod(ftp_py)
    assert tried and not failed
