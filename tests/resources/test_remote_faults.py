"""An object store that cannot be reached or refuses the key: one sentence of every command that opens it."""

from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.registry import known_implementations
from fsspec.spec import AbstractFileSystem

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.resources.remote_faults import remote_fault
from outcross.resources.store import Address, Store
from tests.jobs.cli.in_process import outcross


class ConnectionLost(Exception):
    """An error of a library that derives from no OSError, as those of botocore."""


class Refusing(AbstractFileSystem):
    """A server that refuses the key."""

    protocol, cachable = "refusing", False
    fault: Exception = PermissionError("The access key does not exist; see https://me:secret@host/x?key=secret")

    def info(self, path: str, **_: Any) -> Any:
        raise self.fault

    def ls(self, path: str, detail: bool = True, **_: Any) -> Any:
        raise self.fault

    def _open(self, path: str, *_: Any, **__: Any) -> Any:
        raise self.fault

    def exists(self, path: str, **_: Any) -> bool:
        raise self.fault


class Unreachable(Refusing):
    """A server that does not answer."""

    protocol = "unreachable"
    fault = ConnectionLost("Could not connect to the endpoint")


@pytest.fixture(autouse=True)
def schemes() -> None:
    for each in (Refusing, Unreachable):
        fsspec.register_implementation(each.protocol, each, clobber=True)


@pytest.mark.parametrize("scheme", ["refusing", "unreachable"])
@pytest.mark.parametrize("words", ["verdict digits", "report digits -o r.html", "study digits"])
def test_every_command_says_what_the_server_said_and_the_way_on(tmp_path: Path, scheme: str, words: str) -> None:
    ran = outcross(tmp_path, *words.split(), "--root", f"{scheme}://bucket/data")
    assert ran.code == ExitCode.PROBLEM, ran.said
    assert ran.err.startswith(f"outcross: {scheme}://bucket/data") and ran.err.count("\n") == 1
    assert ("access key" if scheme == "refusing" else "endpoint") in ran.err and "see that the server can be" in ran.err
    assert "secret" not in ran.err


def test_what_is_no_fault_of_the_server_stays_an_error(tmp_path: Path) -> None:
    store = Store("unreachable://bucket")
    with pytest.raises(ConnectionLost) as raised:
        store.exists(Address(study="s", thing="anchor"))
    assert "unreachable://bucket/s/anchor" in str(remote_fault(raised.value))
    with pytest.raises(FileNotFoundError) as here:
        Store(tmp_path).filesystem.info(str(tmp_path / "none"))
    assert remote_fault(here.value) is None
    full = OSError(28, "No space left on device")
    full.__cause__ = raised.value
    assert remote_fault(full) is None and remote_fault(TypeError("ours")) is None


@pytest.mark.parametrize(("root", "said"), [("nosuch://b/x", "Protocol not known"), ("drill://b", "Install drillfs")])
def test_a_root_whose_library_lacks_is_told(
    tmp_path: Path, root: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = {"class": "no_such_library.Drill", "err": "Install drillfs to access Drill"}
    monkeypatch.setitem(known_implementations, "drill", lacking)
    ran = outcross(tmp_path, "verdict", "digits", "--root", root)
    assert ran.code == ExitCode.MISUSE and said in ran.err and ran.err.count("\n") == 1
    assert f"the root {root} cannot be opened" in ran.err and "pip install 'outcross[s3]'" in ran.err
