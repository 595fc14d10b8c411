# SPDX-License-Identifier: EUPL-1.2
"""Words planted in each municipality's content, and searched for wherever content has no business to be.

They may stand in the services' own tables, by the list below, in the files of recordings and in Weaviate's passages.
Anywhere else they are a leak: logs, metrics, spans, refusals, events, jobs, the servers' logs, MLflow's store, Kafka's
topics, Redis, keys. Told of both ways to run.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from deploy.servers.kinds import kept_secrets
from embedded.process import CLUSTER, EMBEDDED, PlatformProcess
from embedded.rest import Person, wait_for
from kernel.kafka.settings import KafkaSettings
from tests.contract.model_endpoint import ModelEndpoint, serving
from tests.end_to_end.conftest import ON_CLUSTER, Site, require_servers
from tests.end_to_end.home_visit import (
    AUDIT,
    DRAFTING,
    RETRIEVAL,
    TRANSCRIPTION,
    a_transcript,
    add_source,
    an_application,
    propose,
    section,
    sections_of,
)
from tests.end_to_end.isolation.town import FORECASTING, a_canary
from tests.end_to_end.span_sink import Sink, listening
from tests.integration.isolation.attacks import attack
from tests.sound import silence
from tests.topics import all_records

LEAKS = "Canaries in logs, metrics, spans, refusals, events and files"
ROWS = "Canaries in the other municipality's rows"
TENANTS = ("ekhamra", "bergvik")
SERVICES = ("transcription", "retrieval", "drafting", "forecasting", "audit")
# Content stands here, and only its own municipality's. Answers kept with an Idempotency-Key hold what was answered.
ALLOWED = {
    *((each, "idempotency_keys") for each in ("transcription", "retrieval", "drafting")),
    *(("transcription", each) for each in ("recordings", "transcripts", "utterances", "corrections")),
    *(("retrieval", each) for each in ("guidelines", "versions", "passages", "passage_vectors", "gram_counts")),
    *(("drafting", each) for each in ("cases", "sections", "section_revisions", "sources", "parts", "passages")),
    *(("drafting", each) for each in ("communications", "decisions", "reviews", "template_editions")),
}
SERVER_PORT = re.compile(r"(\w+) at 127\.0\.0\.1:(\d+)")
KEEP_EVENTS = """
    CREATE TABLE public.kept_by_test AS SELECT * FROM public.outbox WITH NO DATA;
    CREATE FUNCTION public.keep_for_test() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO public.kept_by_test SELECT NEW.*; RETURN NULL; END $$;
    CREATE TRIGGER kept_by_test AFTER INSERT ON public.outbox FOR EACH ROW EXECUTE FUNCTION public.keep_for_test();
"""


@dataclass
class Planted:
    """One municipality's words by where each was planted. No two are alike."""

    tenant: str
    words: dict[str, str] = field(default_factory=dict)

    def at(self, place: str) -> str:
        return self.words.setdefault(place, a_canary())

    def personal_number(self) -> str:
        """Nobody's: month 00."""
        last = "0123" if self.tenant == "ekhamra" else "0456"
        self.words["personal number"] = f"480029-{last}"
        return self.words["personal number"]


@dataclass
class Watched:
    """A platform whose log, spans, metrics and databases are looked into. `refusals` are the bodies that said no."""

    site: Site
    platform: PlatformProcess
    sink: Sink
    model: ModelEndpoint
    planted: dict[str, Planted] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    metrics: str = ""

    def database(self, service: str) -> psycopg.Connection[Any]:
        """As the server's administrator, who sees every row."""
        server = self.platform.state / "postgres"
        port = (server / "cluster" / "postmaster.pid").read_text("utf-8").splitlines()[3]
        password = (server / "password").read_text("utf-8")
        return psycopg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/{service}", autocommit=True)

    def ports(self) -> dict[str, int]:
        """Of the cluster's servers, as it has said at its start."""
        found = SERVER_PORT.findall("\n".join(self.platform.said))
        return {name: int(port) for name, port in found}

    def refused(self, person: Person, method: str, path: str, **given: Any) -> None:
        answer = person.ask(method, path, **given)
        assert answer.status_code >= 400, f"{method} {path} was taken"
        self.refusals.append(f"{answer.text} {answer.headers}")


@pytest.fixture(scope="module")
def watched(new_state: Callable[[], Path]) -> Iterator[Watched]:
    with listening(Sink()) as sink, serving(ModelEndpoint(lambda _request: "{", status=500)) as model:
        environment = {
            **{f"{each.upper()}_OTLP_URL": sink.url for each in SERVICES},
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "LOG_LEVEL": "DEBUG",
            "DRAFTING_LLM_URL": model.url,
            "DRAFTING_LLM_MODEL": "m",
            "DRAFTING_LLM_TIMEOUT_SECONDS": "5",
        }
        if ON_CLUSTER:
            require_servers()
        platform = PlatformProcess(new_state(), environment=environment, program=CLUSTER if ON_CLUSTER else EMBEDDED)
        platform.start()
        found = Watched(Site(platform.base, platform, sink), platform, sink, model)
        try:
            for service in SERVICES:
                with found.database(service) as connection:
                    connection.execute(KEEP_EVENTS.encode())
            for tenant in TENANTS:
                found.planted[tenant] = live(found, tenant)
            found.metrics = found.site.metrics()
            time.sleep(1)
            yield found
        finally:
            platform.stop()


def live(watched: Watched, tenant: str) -> Planted:
    """The main job, with a word of its own in everything that takes words; then all of it wrong."""
    planted = Planted(tenant)
    caseworker, manager = watched.site.sign_in("caseworker", tenant), watched.site.sign_in("manager", tenant)
    _record(planted, caseworker)
    _load_guideline(planted, manager, watched.site.sign_in("staff", tenant))
    case = _open_case(planted, caseworker)
    _write(watched, planted, caseworker, case)
    _do_all_wrong(watched, planted, caseworker, manager, case)
    return planted


def _record(planted: Planted, caseworker: Person) -> None:
    fields = {"language": "sv", "case_reference": planted.at("case reference of a recording")}
    fields |= {"hotwords": planted.at("hot words"), "meeting_place": planted.at("meeting place")}
    files = {"file": (f"{planted.at('file name')}.wav", silence())}
    sent = caseworker.ask("POST", f"{TRANSCRIPTION}/recordings", data=fields, files=files).json()
    path = f"{TRANSCRIPTION}/recordings/{sent['id']}"
    wait_for(lambda: caseworker.get(path)["state"], lambda state: state in ("done", "failed"), 120)


def _load_guideline(planted: Planted, manager: Person, staff: Person) -> None:
    passage = {"heading": planted.at("heading"), "text": f"Hjälp med {planted.at('guideline')} ges varje vecka."}
    body = {"title": planted.at("title"), "level": "local", "valid_from": "2025-07-01", "passages": [passage]}
    guideline = manager.post(f"{RETRIEVAL}/guidelines", body)["id"]
    wait_for(lambda: manager.get(f"{RETRIEVAL}/guidelines/{guideline}")["state"], lambda state: state == "ready", 120)
    text = f"# {planted.at('uploaded heading')}\n\nHjälp med {planted.at('uploaded text')} ges.\n".encode()
    fields = {"title": planted.at("uploaded title"), "level": "local", "valid_from": "2025-07-01"}
    files = {"file": (f"{planted.at('name of a guideline')}.md", text)}
    assert manager.ask("POST", f"{RETRIEVAL}/guidelines", data=fields, files=files).status_code == 201
    staff.post(f"{RETRIEVAL}/search", {"query": planted.at("search")})
    staff.post(f"{RETRIEVAL}/questions", {"question": f"Hur ofta ges {planted.at('question')}?"})


def _open_case(planted: Planted, caseworker: Person) -> str:
    said = a_transcript() | {"case_reference": planted.at("case reference of a transcript")}
    said["utterances"][1]["text"] += f" Jag duschar med {planted.at('utterance')}."
    said["participants"][1]["name"] = planted.at("name")
    transcript = caseworker.post(f"{TRANSCRIPTION}/transcripts", said)["id"]
    correction = {"text": f"Ja, {planted.at('correction')}."}
    caseworker.patch(f"{TRANSCRIPTION}/transcripts/{transcript}/utterances/u4", correction)
    caseworker.post(f"{TRANSCRIPTION}/transcripts/{transcript}/approval")
    application = an_application()["application"]
    application["text"] += f" {planted.at('application')}."
    changed = {"application": application, "external_reference": planted.at("external reference")}
    case: str = caseworker.post(f"{DRAFTING}/cases", an_application(**changed))["id"]
    add_source(caseworker, case, transcript)
    text = f"Hon har {planted.at('note')}. Personnumret är {planted.personal_number()}."
    note = {"text": text, "author": planted.at("author"), "noted_at": "2026-10-14T09:00:00Z"}
    caseworker.post(f"{DRAFTING}/cases/{case}/sources", {"note": note})
    return case


def _write(watched: Watched, planted: Planted, caseworker: Person, case: str) -> None:
    """Each answer of the model is another kind of failure, with a word in it that it made up."""
    path = f"{DRAFTING}/cases/{case}"
    said = planted.at("a model's answer")
    for (status, words), key in zip(
        [(500, "x"), (200, f"Jag är {said}."), (200, f'{{"sentences": [{{"text": "{said}"')],
        sections_of(caseworker, "facts"),
        strict=False,
    ):
        watched.model.status, watched.model.says = status, lambda _request, words=words: words  # type: ignore[misc]
        propose(caseworker, case, key)
    _, tag = section(caseworker, case, "health")
    body = {"sentences": [{"text": f"Hon har {planted.at('edited sentence')}."}]}
    written = caseworker.put(f"{path}/sections/health", body, tag)["sentences"][0]["id"]
    reason = {"reason": planted.at("resolution")}
    caseworker.post(f"{path}/sections/health/sentences/{written}/resolution", reason)
    caseworker.post(f"{path}/scope", {"verdict": "within", "reason": planted.at("scope")})
    manual = {"requested_support": "stadning", "reason": planted.at("manual handling")}
    caseworker.post(f"{path}/manual-handling", manual)
    told = {"communicated_at": "2026-10-15T09:00:00Z", "how": "letter", "reply_by": "2026-10-21"}
    caseworker.post(f"{path}/communication", told | {"reply": planted.at("reply")})
    caseworker.post(f"{path}/review")
    caseworker.download(f"{path}/document", "text/markdown")
    caseworker.download(f"{path}/document", "application/pdf")


def _do_all_wrong(watched: Watched, planted: Planted, caseworker: Person, manager: Person, case: str) -> None:
    word = planted.at("bad request")
    key = {"Idempotency-Key": f"{word}-key"}
    for person, method, path in (
        (caseworker, "POST", f"{TRANSCRIPTION}/transcripts"),
        (caseworker, "POST", f"{DRAFTING}/cases"),
        (caseworker, "POST", f"{DRAFTING}/cases/{case}/sources"),
        (caseworker, "POST", f"{DRAFTING}/cases/{case}/decision"),
        (caseworker, "PUT", f"{DRAFTING}/cases/{case}/sections/health"),
        (manager, "POST", f"{RETRIEVAL}/guidelines"),
        (manager, "POST", f"{RETRIEVAL}/search"),
        (manager, "POST", f"{RETRIEVAL}/questions"),
        (manager, "POST", f"{FORECASTING}/forecasts"),
    ):
        for body in ({"colour": word}, {"text": word, "query": 5, "question": [word]}, [word], word):
            watched.refused(person, method, path, json=body, headers={"If-Match": word})
        broken = f'{{"text": "{word}'.encode()
        watched.refused(person, method, path, content=broken, headers={"Content-Type": "application/json", **key})
        watched.refused(person, method, path, content=word.encode(), headers={"Content-Type": f"text/{word}"})
    text = {"text": f"{word}\x00 \ud800"}
    surrogates = json.dumps({"note": {**text, "author": word, "noted_at": word}}).encode()
    headers = {"Content-Type": "application/json"}
    watched.refused(caseworker, "POST", f"{DRAFTING}/cases/{case}/sources", content=surrogates, headers=headers)
    for service in (TRANSCRIPTION, RETRIEVAL, DRAFTING, FORECASTING, AUDIT):
        watched.refused(caseworker, "GET", f"{service}/{word}?q={word}")
        watched.refused(Person(watched.site.base, word), "GET", f"{service}/{word}")
    files = {"file": (f"{word}.wav", word.encode())}
    watched.refused(caseworker, "POST", f"{TRANSCRIPTION}/recordings", data={"language": word}, files=files)
    watched.refused(manager, "POST", f"{RETRIEVAL}/guidelines", data={"title": word, "colour": word}, files=files)
    csv = {"content": f"month,{word}\n{word},{word}\n".encode(), "headers": {"Content-Type": "text/csv"}}
    watched.refused(manager, "POST", f"{FORECASTING}/placements", **csv)
    watched.refused(caseworker, "GET", f"{DRAFTING}/cases?state={word}&limit={word}")
    caseworker.ask("GET", f"{DRAFTING}/cases/{case}", headers={"Access-Reason": word, "traceparent": word})


def spellings(word: str) -> list[bytes]:
    """As it is, in hexadecimal, and in base64 whatever stands before it."""
    plain = word.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain) for shift in range(3)]
    return [plain, plain.replace(b"-", b""), plain.hex().encode(), *(each[4:-4] for each in shifted)]


def leaked(watched: Watched, content: bytes) -> set[str]:
    low = content.lower()
    return {
        f"{planted.tenant}: {place}"
        for planted in watched.planted.values()
        for place, word in planted.words.items()
        if any(each in content or each.lower() in low for each in spellings(word)[:3])
        or any(each in content for each in spellings(word)[3:])
    }


def test_what_operators_see_holds_no_word_of_anybodys(watched: Watched) -> None:
    seen = {
        "the log": watched.site.logs().encode(),
        "metrics": watched.metrics.encode(),
        "spans": watched.sink.received,
        "PostgreSQL's log": (watched.platform.state / "postgres" / "server.log").read_bytes(),
    }
    with attack(LEAKS) as tries:
        for where, content in seen.items():
            assert content, f"{where}: nothing to search"
            assert leaked(watched, content) == set(), where
            tries.tried(sum(len(each.words) for each in watched.planted.values()))


def test_no_refusal_repeats_what_it_refuses(watched: Watched) -> None:
    assert len(watched.refusals) > 100
    with attack(LEAKS) as tries:
        for each in watched.refusals:
            assert leaked(watched, each.encode()) == set(), each[:300]
            tries.tried()


def test_no_event_holds_a_word_of_anybodys(watched: Watched) -> None:
    with attack(LEAKS) as tries:
        for service in SERVICES:
            with watched.database(service) as connection:
                for row in connection.execute("SELECT row_to_json(t)::text, data FROM public.kept_by_test t"):
                    assert leaked(watched, row[0].encode() + bytes(row[1])) == set(), service
                    tries.tried()
        assert tries.count > 50


def test_no_file_but_the_databases_own_holds_a_word(watched: Watched) -> None:
    """MLflow's store, keys, recordings: a recording's file holds what was said, and not what it was called."""
    state = watched.platform.state
    databases = {state / "postgres", state / "weaviate" / "data"}
    with attack(LEAKS) as tries:
        files = [each for each in state.rglob("*") if each.is_file() and databases.isdisjoint(each.parents)]
        assert not ON_CLUSTER or {"kafka", "mlflow", "s3"} <= {each.relative_to(state).parts[0] for each in files}
        for each in files:
            named = str(each.relative_to(state)).encode()
            assert leaked(watched, named + b" ".join(written_in(each))) == set(), named
            tries.tried()


def written_in(file: Path) -> Iterator[bytes]:
    """Each stretch of what was written. Kafka sets aside gigabytes for its indexes that nobody has written to."""
    with file.open("rb") as opened:
        end = 0
        while end < file.stat().st_size:
            try:
                begin = os.lseek(opened.fileno(), end, os.SEEK_DATA)
            except OSError as nothing_more:
                if nothing_more.errno != errno.ENXIO:
                    raise
                return
            end = os.lseek(opened.fileno(), begin, os.SEEK_HOLE)
            yield os.pread(opened.fileno(), end - begin, begin)


@pytest.mark.skipif(not ON_CLUSTER, reason="one process has neither Kafka nor Redis")
def test_no_record_of_a_topic_and_no_key_in_redis_holds_a_word(watched: Watched) -> None:
    """What lies on the topics is unpacked, which the files of Kafka are not."""
    secret, ports = kept_secrets(watched.platform.state)["redis"], watched.ports()
    with attack(LEAKS) as tries:
        for topic, record in all_records(KafkaSettings(servers=f"127.0.0.1:{ports['kafka']}")):
            headers = b" ".join(value for _, value in record.headers)
            assert leaked(watched, b" ".join((record.key or b"", record.value or b"", headers))) == set(), topic
            tries.tried()
        assert tries.count > 50
        with Redis(port=ports["redis"], password=secret) as client:
            for key in client.scan_iter():
                assert leaked(watched, key + (client.dump(key) or b"")) == set(), key
                tries.tried()


def rows(connection: psycopg.Connection[Any], table: str) -> Iterator[tuple[str, bytes]]:
    """Each row's tenant, and all of it. Bytes are shown as they are, since JSON would have them in hexadecimal."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
        names = [each.name for each in cursor.description or ()]
        for row in cursor:
            told = dict(zip(names, row, strict=True))
            yield (
                str(told.get("tenant_id", "")),
                b" ".join(bytes(v) if isinstance(v, bytes) else str(v).encode() for v in row),
            )


def test_only_the_tables_on_the_list_hold_words_and_only_their_own_municipalitys(watched: Watched) -> None:
    asked = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    held: set[tuple[str, str]] = set()
    with attack(ROWS) as tries:
        for service in SERVICES:
            with watched.database(service) as connection:
                for (table,) in connection.execute(asked).fetchall():
                    for tenant, content in rows(connection, table):
                        found = leaked(watched, content)
                        assert all(each.startswith(f"{tenant}: ") for each in found), f"{service}.{table}"
                        held |= {(service, table)} if found else set()
                        tries.tried()
        assert held <= ALLOWED
        assert ("drafting", "cases") in held, "the search finds what is there"


def test_a_model_is_sent_no_word_of_another_municipality_and_no_personal_number(watched: Watched) -> None:
    with attack(ROWS) as tries:
        for asked in watched.model.asked:
            found = leaked(watched, json.dumps(asked, ensure_ascii=False).encode())
            assert len({each.partition(":")[0] for each in found}) <= 1
            assert not any("personal number" in each for each in found)
            tries.tried()
    assert watched.model.asked
