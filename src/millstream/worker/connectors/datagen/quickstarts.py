"""The named record kinds. Fields, types and value ranges are those people know from Confluent's connector; texts are our own."""

from __future__ import annotations

from collections.abc import Callable

from millstream.dataclass import dataclass
from millstream.worker.connectors.datagen.columns import Column, doubles, integers, iteration, numbered, options, record
from millstream.worker.connectors.datagen.patterns import pattern
from millstream.worker.schema import FLOAT64, INT32, INT64, STRING, ConnectSchema

_YEAR = (1487715775521, 1519273364600)


@dataclass(frozen=True)
class Kind:
    """A record kind: its struct, the generator of its rows, and the field that is the key."""

    schema: ConnectSchema
    rows: Column
    key: str


def _pageviews(users: int) -> Kind:
    schema, rows = record(
        "ksql.pageviews",
        [
            ("viewtime", INT64, iteration(1, 10)),
            ("userid", STRING, numbered("User_", users)),
            ("pageid", STRING, pattern("Page_[1-9][0-9]")),
        ],
    )
    return Kind(schema, rows, "viewtime")


def _users(users: int) -> Kind:
    schema, rows = record(
        "ksql.users",
        [
            ("registertime", INT64, integers(*_YEAR)),
            ("userid", STRING, numbered("User_", users)),
            ("regionid", STRING, numbered("Region_", 9)),
            ("gender", STRING, options(["MALE", "FEMALE", "OTHER"])),
        ],
    )
    return Kind(schema, rows, "userid")


def _orders(users: int) -> Kind:
    address, places = record(
        "ksql.address",
        [
            ("city", STRING, pattern("City_[1-9]{0,2}")),
            ("state", STRING, pattern("State_[1-9]{0,2}")),
            ("zipcode", INT64, integers(10000, 99999)),
        ],
    )
    schema, rows = record(
        "ksql.orders",
        [
            ("ordertime", INT64, integers(*_YEAR)),
            ("orderid", INT32, iteration(0)),
            ("itemid", STRING, pattern("Item_[1-9][0-9]{0,2}")),
            ("orderunits", FLOAT64, doubles(0.1, 10.0)),
            ("address", address, places),
        ],
    )
    return Kind(schema, rows, "orderid")


def _ratings(users: int) -> Kind:
    messages = [
        "the crew made my day",
        "late again",
        "a seat beside the window at last",
        "nobody answers the phone",
        "smooth from start to end",
    ]
    schema, rows = record(
        "ksql.ratings",
        [
            ("rating_id", INT64, iteration(1)),
            ("user_id", INT32, integers(1, 20)),
            ("stars", INT32, integers(1, 6)),
            ("route_id", INT32, integers(1, 10000)),
            ("rating_time", INT64, iteration(1, 10)),
            ("channel", STRING, options(["web", "ios", "android", "ios-test", "iOS"])),
            ("message", STRING, options(messages)),
        ],
    )
    return Kind(schema, rows, "rating_id")


def _clickstream(users: int) -> Kind:
    pages = ["/index.html", "/images/logo.png", "/products/list", "/login", "/cart"]
    agents = ["Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (Macintosh)", "curl/8.5"]
    schema, rows = record(
        "ksql.clickstream",
        [
            ("ip", STRING, pattern("10[.]0[.][0-9][.][1-9][0-9]")),
            ("userid", INT32, integers(1, 40)),
            ("remote_user", STRING, options(["-"])),
            ("time", STRING, iteration_texts()),
            ("_time", INT64, iteration(1, 10)),
            ("request", STRING, options([f"{m} {p} HTTP/1.1" for m in ("GET", "POST") for p in pages])),
            ("status", STRING, options(["200", "302", "404", "405", "406", "407"])),
            ("bytes", STRING, options(["278", "1289", "2048", "4006", "4196", "14096"])),
            ("referrer", STRING, options(["-"])),
            ("agent", STRING, options(agents)),
        ],
    )
    return Kind(schema, rows, "ip")


def iteration_texts() -> Column:
    """The iteration's number as a text."""
    numbers = iteration(1, 10)
    return lambda rng, first, n: [str(i) for i in numbers(rng, first, n)]


def _clickstream_users(users: int) -> Kind:
    schema, rows = record(
        "ksql.clickstream_users",
        [
            ("user_id", INT32, iteration(1)),
            ("username", STRING, pattern("(ada|grace|alan|edsger|barbara)_[1-9][0-9]")),
            ("registered_at", INT64, integers(*_YEAR)),
            ("first_name", STRING, options(["Ada", "Grace", "Alan", "Edsger", "Barbara"])),
            ("last_name", STRING, options(["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov"])),
            ("city", STRING, options(["London", "Palo Alto", "Frankfurt", "New York"])),
            ("level", STRING, options(["Gold", "Silver", "Platinum"])),
        ],
    )
    return Kind(schema, rows, "user_id")


def _clickstream_codes(users: int) -> Kind:
    codes = {
        200: "Successful",
        302: "Redirect",
        404: "Page not found",
        405: "Method not allowed",
        406: "Not acceptable",
        407: "Proxy authentication required",
    }
    both = list(codes.items())
    schema, _ = record("ksql.clickstream_codes", [("code", INT32, options([])), ("definition", STRING, options([]))])

    def rows(rng, first, n):  # type: ignore[no-untyped-def]
        return [{"code": c, "definition": d} for c, d in rng.choices(both, k=n)]

    return Kind(schema, rows, "code")


def _stock_trades(users: int) -> Kind:
    schema, rows = record(
        "ksql.StockTrade",
        [
            ("side", STRING, options(["BUY", "SELL"])),
            ("quantity", INT32, integers(1, 5000)),
            ("symbol", STRING, options(["ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"])),
            ("price", INT32, integers(5, 1000)),
            ("account", STRING, options(["ABC123", "LMN456", "XYZ789"])),
            ("userid", STRING, numbered("User_", users)),
        ],
    )
    return Kind(schema, rows, "symbol")


#: name -> maker of the kind for a number of users
QUICKSTARTS: dict[str, Callable[[int], Kind]] = {
    "clickstream": _clickstream,
    "clickstream_codes": _clickstream_codes,
    "clickstream_users": _clickstream_users,
    "orders": _orders,
    "pageviews": _pageviews,
    "ratings": _ratings,
    "stock_trades": _stock_trades,
    "users": _users,
}
