# SPDX-License-Identifier: EUPL-1.2
"""The broker's jars: fetched by Maven as `pom.xml` pins them, each checked against `jars.sha256`, kept in the cache."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from deploy.servers.cache import check_files, into_cache
from deploy.servers.server import ProgramMissing
from kernel.files import cache_folder

HERE = Path(__file__).parent
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
LEAST_JAVA = 17


class JavaMissing(ProgramMissing):
    """There is no Java, or no Maven, to fetch or to run the broker; the text says what to install."""


def java() -> str:
    """The path of a Java that runs Kafka 4. Raise `JavaMissing`."""
    found = shutil.which("java")
    if found is None:
        raise JavaMissing(f"Kafka needs Java {LEAST_JAVA} or later, and there is no `java` on the PATH")
    return found


def bring_jars(cache: Path | None = None) -> list[Path]:
    """The jars in the order of their names, which is the class path. Fetched when this machine has not got them.

    Raise `JavaMissing` without Maven, `DiffersFromRecipe` when a jar is not the one this recipe was written for.
    """
    wanted = (HERE / "jars.sha256").read_text("utf-8")
    name = f"kafka-jars-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    folder = into_cache(cache or cache_folder(), name, lambda fresh: _fetch(fresh, wanted))
    return sorted(folder.glob("*.jar"))


def _fetch(into: Path, wanted: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise JavaMissing("Kafka's jars are fetched by Maven, and there is no `mvn` on the PATH")
    # The scope must be said: without it the jars that only tests use come along, with other versions.
    asked: list[str | Path] = [
        maven,
        "-B",
        "-q",
        "-f",
        HERE / "pom.xml",
        COPY,
        "-DincludeScope=runtime",
        f"-DoutputDirectory={into}",
    ]
    fetched = subprocess.run(asked, capture_output=True, text=True, check=False)
    if fetched.returncode:
        raise JavaMissing(f"Maven could not fetch Kafka's jars: {fetched.stdout.strip()[-400:]}")
    check_files(into, {name: digest for digest, name in (line.split() for line in wanted.splitlines())})
