"""The documentation is complete, up to date, and its examples run: what is not documented fails here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from millstream import formats
from millstream.config import all_settings
from millstream.connect.client import ConnectClient
from millstream.connect.transport import AsgiTransport
from millstream.engine.functions.index import FAMILIES
from millstream.engine.functions.registry import Registry, default_registry
from millstream.engine.functions.user import functions_of
from millstream.engine.local import LocalRuntime
from millstream.errors import MillstreamError
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog
from millstream.plan.bind.properties import CREATE, CREATE_AS, INSERT
from millstream.reference import connectors, examples, rest
from millstream.reference.behaviour import BEHAVIOUR
from millstream.reference.formats import FORMATS
from millstream.reference.markdown import anchor
from millstream.reference.pages import PAGES, refreshed
from millstream.reference.playground import Playground
from millstream.reference.types import TYPES
from millstream.session.database import Database, Failed
from millstream.session.results import Printed, QueryAnswer
from millstream.sql import parse, parse_one, parse_type, split, to_sql, tree
from millstream.sql.reference import STATEMENTS, Entry
from millstream.sql.reference.properties import PROPERTIES
from millstream.types import Base
from millstream.worker.definition.common import SINK, SOURCE
from millstream.worker.plugins import CONVERTERS, Plugins
from millstream.worker.transforms import PREDICATES, TRANSFORMS
from millstream.worker.worker import Worker

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
ENTRIES = [entry for entries in STATEMENTS.values() for entry in entries]
PROPERTIES_OF_REQUESTS = {"auto.offset.reset": "earliest"}


def _text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


# --- pages ---


@pytest.mark.parametrize("page", PAGES)
def test_a_generated_page_is_up_to_date(page: str) -> None:
    """What the code says now is what the page says."""
    assert _text(page) == refreshed(page, _text(page)), f"docs/{page} is stale: run `python -m millstream.reference`"


def test_every_link_leads_somewhere() -> None:
    """Links between pages and into the code, with their anchors."""
    for path in DOCS.rglob("*.md"):
        text = re.sub(r"(?s)```.*?```", "", path.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if target.startswith("http"):
                continue
            name, _, place = target.partition("#")
            found = (path.parent / name).resolve() if name else path
            assert found.exists(), f"{path.relative_to(ROOT)} links to {target}, which does not exist"
            if place and found.suffix == ".md":
                headings = re.findall(r"(?m)^#+ (.*)$", found.read_text(encoding="utf-8"))
                assert place in {anchor(h) for h in headings}, f"{path.relative_to(ROOT)} links to {target}, which has no such heading"


# --- statements ---


def _statement_classes() -> set[type]:
    return {c for _, c in inspect.getmembers(tree, inspect.isclass) if issubclass(c, tree.Statement) and c is not tree.Statement}


def test_every_statement_is_documented() -> None:
    """Each class of statements has an entry."""
    assert _statement_classes() == {entry.of for entry in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.title)
def test_statement_examples_parse(entry: Entry) -> None:
    """Each example is one statement of the class, and prints back to the same tree."""
    for example in entry.examples:
        (statement,) = parse(example, script=True)
        assert type(statement) is entry.of
        (again,) = parse(to_sql(statement), script=True)
        assert again == statement


class Server:
    """A database with a registry, and with a worker where connectors are needed."""

    def __init__(self, *, worker: bool) -> None:
        log = MemoryLog()
        registry = SchemaStore(log)
        self.runtime = LocalRuntime(log, default_registry(), registry)
        self.worker = Worker(log, registry) if worker else None
        self.connect = None
        if self.worker is not None:
            self.worker.start()
            self.connect = ConnectClient("http://connect", transport=AsgiTransport(self.worker.app), timeout_ms=20_000)
        self.database = Database(log, self.runtime, default_registry(), registry, self.connect)

    def run(self, text: str) -> None:
        for piece, _ in split(text):
            self.database.execute(piece, PROPERTIES_OF_REQUESTS)
            self.runtime.run_until_idle()

    def query(self, text: str) -> int:
        """How many rows there are now."""
        answer = self.database.query(text, PROPERTIES_OF_REQUESTS)
        if isinstance(answer, Printed):
            lines = [line for line in answer.lines if line is not None]
            answer.close()
            return len(lines)
        assert isinstance(answer, QueryAnswer)
        if answer.batches is not None:
            return sum(len(batch) for batch in answer.batches)
        rows: list[object] = []
        assert answer.start is not None

        def take(batch: list[object]) -> bool:
            rows.extend(batch)
            return True

        answer.start(take, lambda _: None)
        self.runtime.run_until_idle()
        answer.close()
        return len(rows)

    def close(self) -> None:
        if self.connect is not None:
            self.connect.close()
        self.database.close()
        if self.worker is not None:
            self.worker.stop()


def _running(kind: str) -> list[Entry]:
    return [entry for entry in ENTRIES if entry.runs == kind]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    made = Server(worker=getattr(request, "param", False))
    yield made
    made.close()


@pytest.mark.parametrize("entry", _running("SESSION"), ids=lambda e: e.title)
def test_statement_examples_run(entry: Entry, server: Server) -> None:
    """In the order of the page, after what they need."""
    server.run(entry.before)
    for example in entry.examples:
        server.run(example)


@pytest.mark.parametrize("entry", _running("QUERY"), ids=lambda e: e.title)
def test_query_examples_run(entry: Entry, server: Server) -> None:
    """Queries are accepted, and the first ones find the row that was inserted."""
    server.run(entry.before)
    counts = [server.query(example) for example in entry.examples]
    assert counts[0] == 1


@pytest.mark.parametrize("server", [True], indirect=True)
@pytest.mark.parametrize("entry", _running("CONNECT"), ids=lambda e: e.title)
def test_connector_examples_run(entry: Entry, server: Server) -> None:
    """Against the built-in worker."""
    server.run(entry.before)
    for example in entry.examples:
        server.run(example)


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.runs in ("REFUSED", "SCRIPT", "CONSOLE")], ids=lambda e: e.title)
def test_the_server_refuses_what_is_said_to_be_not_its_own(entry: Entry, server: Server) -> None:
    """Statements of the console, of test scripts, and those that are refused by design."""
    for example in entry.examples:
        with pytest.raises((MillstreamError, Failed)):
            server.run(example)


def test_every_property_of_with_is_documented() -> None:
    """The binder's names are the documented ones."""
    assert set(PROPERTIES) == CREATE | CREATE_AS | INSERT


# --- functions ---


def test_every_function_is_documented() -> None:
    """A description, and examples for exactly the functions there are."""
    built_in = {name for names in FAMILIES.values() for name in names}
    assert set(examples.of_functions()) == built_in
    for name in built_in:
        function = default_registry().get(name)
        assert function.description.endswith((".", "(TRUE).")), f"{name}: a description is a sentence"
        assert f"\n### {name}\n" in _text("sql/functions.md")


@pytest.fixture(scope="module")
def playground() -> Playground:
    made = Playground()
    made.run(examples.ONE_ROW)
    made.run(examples.GROUP)
    return made


@pytest.mark.parametrize("name", sorted(examples.of_functions()))
def test_function_examples_give_what_the_page_says(name: str, playground: Playground) -> None:
    """An aggregate's last row counts, of other functions every row."""
    for call, answers in examples.of_functions()[name]:
        assert name in call
        rows = playground.rows(examples.statement(name, call))
        if name in examples.aggregates.EXAMPLES:
            rows = [rows[-1].replace('["k",', "[", 1)]
        assert [row[1:-1] for row in rows] == list(answers), call


def test_the_functions_of_the_page_can_be_called() -> None:
    """What it tells to write is a module as it stands."""
    (source,) = re.findall(r"(?s)```python\n(.*?)```", _text("sql/functions.md"))
    module = ModuleType("of_the_page")
    exec(source, module.__dict__)
    registry = Registry(FAMILIES)
    registry.add(functions_of(module))
    playground = Playground(registry)
    playground.run(examples.ONE_ROW)
    playground.run(examples.GROUP)
    assert playground.rows("SELECT PLUS(n, 1) AS a, SHOUT(k, 2) AS b FROM one_row EMIT CHANGES;") == ['[43,"KEY!!"]']
    assert playground.rows("SELECT LETTERS('ab') AS a FROM one_row EMIT CHANGES;") == ['["a"]', '["b"]']
    assert playground.rows("SELECT k, LONGEST(word + fixed) AS a FROM words GROUP BY k EMIT CHANGES;")[-1] == '["k","cx"]'


# --- types, formats, settings ---


def test_every_type_is_documented_and_its_example_has_it(playground: Playground) -> None:
    """The example's value is shown as the page says."""
    assert set(TYPES) == set(Base)
    for written, other, _, literal, json in TYPES.values():
        (row,) = playground.rows(f"SELECT {literal} AS x FROM one_row;")
        assert row[1:-1] == json.removesuffix(" (base64)")
        for name in re.findall(r"[A-Z]+", written.split("<")[0].split("(")[0] + " " + other.split(":")[0].replace("(n)", "")):
            if name not in ("ARRAY", "MAP", "STRUCT", "DECIMAL"):
                assert str(parse_type(name))


@pytest.mark.parametrize("block", BEHAVIOUR)
def test_values_behave_as_the_page_says(block: str, playground: Playground) -> None:
    """Every example of docs/sql/types.md."""
    for _, call, gives in BEHAVIOUR[block]:
        assert playground.rows(f"SELECT {call} AS x FROM one_row EMIT CHANGES;") == [f"[{gives}]"], call


def test_every_format_is_documented() -> None:
    """Each name that KEY_FORMAT and VALUE_FORMAT take."""
    assert set(FORMATS) == set(formats.names())
    for name in formats.names():
        assert f"| `{name}` |" in _text("sql/formats.md")


def test_every_setting_is_documented() -> None:
    """One that has an effect with a sentence of its own; the others by name."""
    text = _text("settings.md")
    for name, setting in all_settings().items():
        assert f"`{name}`" in text, f"docs/settings.md lacks {name}"
        assert setting.doc.endswith("."), f"{name}: the text of a setting is a sentence"


# --- connectors, REST ---


def test_every_connector_option_is_documented() -> None:
    """Each has a text, and stands on the page below its connector."""
    text = _text("connect.md")
    definitions = {
        connectors.short(n): c.definition for n, c in Plugins().connectors.items() if type(c).__module__.startswith("millstream.")
    }
    for name, definition in {**definitions, "common source": SOURCE, "common sink": SINK}.items():
        for key in definition.keys.values():
            assert key.doc, f"{name}: {key.name} has no text"
            assert f"| `{key.name}` |" in text


def test_every_converter_transform_and_predicate_is_documented() -> None:
    """By their class names, and each setting with a text."""
    text = _text("connect.md")
    plugins = Plugins()
    for name in (*CONVERTERS, *TRANSFORMS, *PREDICATES):
        assert f"`{name.split('$')[0]}`" in text
    for name in TRANSFORMS:
        assert all(key.doc for key in plugins.transform_class(name).definition.keys.values()), name
    for name in PREDICATES:
        assert all(key.doc for key in plugins.predicate_class(name).definition.keys.values()), name


def test_every_endpoint_is_documented() -> None:
    """No route without a sentence, no sentence without a route."""
    from millstream.formats.registry.api import app
    from millstream.server.app import ROUTES
    from millstream.worker.api.app import build

    assert {f"{r.method} {r.path}" for r in ROUTES} == set(rest.KSQLDB)
    assert set(rest.served(build(None, None, "").routes)) == set(rest.CONNECT)  # type: ignore[arg-type]
    assert set(rest.served(app(None).routes)) == set(rest.REGISTRY)  # type: ignore[arg-type]


@pytest.mark.parametrize("page", sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")))
def test_sql_in_prose_parses(page: str) -> None:
    """Every box of SQL on every page."""
    for block in re.findall(r"(?s)```sql\n(.*?)```", _text(page)):
        for piece, _ in split(block):
            if piece.strip():
                parse(piece, script=True)
    assert parse_one("SHOW STREAMS;") is not None
