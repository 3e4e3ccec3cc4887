"""Real dpkg on packages made here; real apt and Debian's mirror where they can be reached."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.codec import fast_gzip
from funcs_builder.config import RunConfig
from funcs_builder.debian import DebianBase, DebianBases, DebianPackage
from funcs_builder.entry import Entry
from funcs_builder.errors import BuildError
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.recipe import Recipe
from funcs_builder.source import Listed
from tests.builder.made_deb import made_deb, made_recipe

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not here")
PATH = {"PATH": os.environ.get("PATH", "")}


@pytest.fixture
def bases(tmp_path: Path) -> DebianBases:
    return DebianBases(tmp_path / "bases", PATH)


def locked(bases: DebianBases, recipe: Recipe, *debs: Path) -> None:
    """Put the packages where a first build would have left them."""
    packages = [DebianPackage.of(deb) for deb in debs]
    for deb, package in zip(debs, packages, strict=True):
        place = bases.folder / "debs" / package.sha256 / deb.name
        place.parent.mkdir(parents=True)
        shutil.copy(deb, place)
    memo = bases.folder / f"{recipe.name}-amd64.json"
    memo.write_text(json.dumps([package._asdict() for package in packages]))


def read(base: DebianBase, path: str) -> str:
    found = {entry.path: entry for entry in base.entries()}[path]
    assert found.content
    with found.content.open() as stream:
        return stream.read().decode()


def by_path(base: DebianBase) -> dict[str, Entry]:
    return {entry.path: entry for entry in base.entries()}


@needs_dpkg
def test_packages_are_unpacked_and_finished_by_the_recipe(
    bases: DebianBases, tmp_path: Path
) -> None:
    files = {
        "usr/bin/python3.11": "python",
        "usr/share/doc/shop/copyright": "free",
        "usr/share/doc/shop/changelog": "new",
        "usr/share/man/shop.1": "man",
        "usr/share/ca-certificates/b.crt": "B\n",
        "usr/share/ca-certificates/a.crt": "A\n",
    }
    recipe = made_recipe(
        "shop",
        dropped=("usr/share/man",),
        links={"usr/bin/python3": "python3.11"},
        folders={"tmp": 0o1777},
        files={"etc/passwd": "\nroot:x:0:0::/root:/x\n"},
    )
    locked(bases, recipe, made_deb(tmp_path, "shop", files))
    base = bases.base(recipe, "amd64")

    assert [
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
        "tmp",
        "usr/bin/python3",
        "usr/bin/python3.11",
        "usr/share/ca-certificates/a.crt",
        "usr/share/ca-certificates/b.crt",
        "usr/share/doc/shop/copyright",
        "var/lib/dpkg/status.d/shop",
    ] == [entry.path for entry in base.entries()]
    assert "A\nB\n" == read(base, "etc/ssl/certs/ca-certificates.crt")
    assert "root:x:0:0::/root:/x\n" == read(base, "etc/passwd")
    assert "python3.11" == by_path(base)["usr/bin/python3"].target
    assert 0o1777 == by_path(base)["tmp"].mode
    assert "Version: 1:1.0-1" in read(base, "var/lib/dpkg/status.d/shop")


@needs_dpkg
def test_the_versions_are_the_packages_own(bases: DebianBases, tmp_path: Path) -> None:
    recipe = made_recipe("shop")
    locked(bases, recipe, made_deb(tmp_path, "shop", {"usr/a": ""}))
    package = bases.base(recipe, "amd64").packages[0]

    assert ("shop", "1:1.0-1") == (package.name, package.version)


@needs_dpkg
def test_another_recipe_of_the_same_packages_is_another_base(
    bases: DebianBases, tmp_path: Path
) -> None:
    recipe = made_recipe("shop")
    locked(bases, recipe, made_deb(tmp_path, "shop", {"usr/a": ""}))
    other = recipe._replace(files={"etc/a": "a"})

    assert bases.base(recipe, "amd64").digest != bases.base(other, "amd64").digest
    assert "a" == read(bases.base(other, "amd64"), "etc/a")


@needs_dpkg
def test_a_link_in_a_package_never_leads_what_we_write_out_of_the_base(
    bases: DebianBases, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    recipe = made_recipe("shop", files={"etc/passwd": "root"})
    locked(bases, recipe, made_deb(tmp_path, "shop", {"etc": f"->{outside}"}))

    with pytest.raises(BuildError, match="behind a link that leads out"):
        bases.base(recipe, "amd64")
    assert [] == list(outside.iterdir())


@needs_dpkg
def test_a_damaged_package_is_named_and_leaves_no_half_base(
    bases: DebianBases, tmp_path: Path
) -> None:
    recipe = made_recipe("shop")
    deb = made_deb(tmp_path, "shop", {"usr/a": "a"})
    deb.write_bytes(deb.read_bytes()[:100])
    locked(bases, recipe, deb)

    with pytest.raises(BuildError, match="dpkg-deb cannot unpack it"):
        bases.base(recipe, "amd64")
    assert ["debs", "shop-amd64.json"] == sorted(path.name for path in bases.folder.iterdir())


def test_without_apt_it_says_so(tmp_path: Path) -> None:
    bases = DebianBases(tmp_path, {"PATH": str(tmp_path)})

    with pytest.raises(BuildError, match="apt-get is not on PATH") as caught:
        bases.base(made_recipe("shop"), "amd64")

    assert "registry" in caught.value.fix


@needs_dpkg
def test_without_dpkg_it_says_so(bases: DebianBases, tmp_path: Path) -> None:
    recipe = made_recipe("shop")
    locked(bases, recipe, made_deb(tmp_path, "shop", {"usr/a": ""}))

    with pytest.raises(BuildError, match="dpkg-deb is not on PATH"):
        DebianBases(bases.folder, {"PATH": str(tmp_path)}).base(recipe, "amd64")


def test_without_debian_s_keys_it_says_which_package_has_them(bases: DebianBases) -> None:
    recipe = made_recipe("shop", keyring="/nonexistent/keyring.gpg")

    with pytest.raises(BuildError, match="Debian's keys are not here") as caught:
        bases.base(recipe, "amd64")

    assert "debian-archive-keyring" in caught.value.fix


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="apt-get is not here")
@needs_dpkg
def test_a_full_disk_is_not_blamed_on_the_package(bases: DebianBases, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "dpkg-deb"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\necho 'tar: ./a: Cannot write: No space left on device'\nexit 2\n"
    )
    program.chmod(0o755)
    recipe = made_recipe("shop")
    locked(bases, recipe, made_deb(tmp_path, "shop", {"usr/a": "a"}))
    full = bases._replace(environ={"PATH": f"{program.parent}:{PATH['PATH']}"})

    with pytest.raises(BuildError, match="the disk is full") as caught:
        full.base(recipe, "amd64")
    assert "make room on the disk of the cache" == caught.value.fix


def test_a_mirror_that_is_down_is_told(bases: DebianBases) -> None:
    with pytest.raises(BuildError, match=r"apt-get update failed: .*127\.0\.0\.1"):
        bases.base(made_recipe("shop"), "amd64")
    assert [] == list(bases.folder.iterdir())


def python_3_11(folder: Path) -> Recipe:
    return Recipe.for_python("3.11", Cache(folder))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> DebianBases:
    if shutil.which("apt-get") is None:
        pytest.skip("apt-get is not here")
    if not Path(python_3_11(tmp_path_factory.mktemp("cache")).keyring).is_file():
        pytest.skip("Debian's keys are not here: install debian-archive-keyring")
    try:
        socket.create_connection(("deb.debian.org", 80), timeout=5).close()
    except OSError as error:
        pytest.skip(f"Debian's mirror cannot be reached: {error}")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("APT")}
    return DebianBases(tmp_path_factory.mktemp("real"), environ)


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "machine"), [("amd64", 0x3E), ("arm64", 0xB7)])
def test_debian_s_python_is_a_small_base(
    real: DebianBases, architecture: str, machine: int, tmp_path: Path
) -> None:
    recipe = python_3_11(tmp_path)
    base = real.base(recipe, architecture)
    entries = by_path(base)

    content = entries["usr/bin/python3.11"].content
    assert content
    with content.open() as stream:
        assert machine == stream.read(20)[18]
    assert packed_bytes(base, Cache(tmp_path)) <= 25_000_000
    assert base.digest == real.base(recipe, architecture).digest
    assert "usr/share/doc/libc6/copyright" in entries
    assert "/etc/ssl/certs" == entries["usr/lib/ssl/certs"].target


def packed_bytes(base: DebianBase, cache: Cache) -> int:
    """The size of the layer that a build makes of it."""
    plan = BuildPlan(SCRATCH, (LayerPlan("base", Listed(base.entries())),), RunConfig())
    image = assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache, codec=fast_gzip())
    return image.layers[0].facts.size_bytes


@pytest.mark.network
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="this machine runs no amd64")
def test_its_python_has_what_functions_import(real: DebianBases, tmp_path: Path) -> None:
    for entry in real.base(python_3_11(tmp_path / "cache"), "amd64").entries():
        place = tmp_path / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.content is not None:
            with entry.content.open() as stream, place.open("wb") as file:
                shutil.copyfileobj(stream, file)
            place.chmod(entry.mode)
        elif entry.target:
            place.symlink_to(entry.target)
        else:
            place.mkdir(exist_ok=True)
    program = (
        "import ssl, sqlite3, ctypes, asyncio, lzma, bz2, readline, uuid, zoneinfo, pwd\n"
        "assert ssl.create_default_context().get_ca_certs()\n"
        "assert pwd.getpwnam('nonroot').pw_uid == 65532\n"
        "print('ok')"
    )
    line = ["chroot", str(tmp_path), "/usr/bin/python", "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, check=False, env=PATH)

    assert ("ok\n", "") == (done.stdout, done.stderr)
