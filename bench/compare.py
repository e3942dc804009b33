#!/usr/bin/env python3
"""Reads the same logs with DuckDB and Polars, beside what `countersign bench import` measured.

Each tool may read a file in every way that it offers for the question; the fastest correct one
counts and is named in the table. Rows and the numbers of different ids are checked against each
other, so that nobody wins by leaving something out.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--dir", default="target/bench", help="folder with the logs")
parser.add_argument("--rows", type=int, default=5_000_000)
parser.add_argument("--ours", help="JSON of `countersign bench import --json`")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--json", action="store_true", help="JSON instead of a table")
args = parser.parse_args()
os.environ["POLARS_MAX_THREADS"] = str(args.threads)  # read when polars is imported

import duckdb  # noqa: E402
import polars as pl  # noqa: E402

IDS = ["actor", "customer", "ticket"]
EXTENSION = {"CSV": "csv", "JSON Lines": "jsonl", "Parquet": "parquet"}


def database():
    db = duckdb.connect()
    db.execute(f"SET threads = {args.threads}")
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET enable_progress_bar = false")
    return db


def duck_sources(form, kind, path):
    """The ways in which DuckDB can open the file: (name, table function)."""
    of_id = "BIGINT" if kind == "integer" else "VARCHAR"
    types = ", ".join(f"'{name}': '{of_id}'" for name in IDS)
    columns = "{'time': 'TIMESTAMP', " + types + "}"
    if form == "CSV":
        yield "typed", f"read_csv('{path}', header = true, auto_detect = false, delim = ',', columns = {columns})"
        yield "sniffed", f"read_csv('{path}')"
    elif form == "JSON Lines":
        yield "typed", f"read_json('{path}', format = 'newline_delimited', columns = {columns})"
        yield "sniffed", f"read_json('{path}', format = 'newline_delimited')"
    else:
        yield "read_parquet", f"read_parquet('{path}')"


def touch(name, kind):
    return f"sum({name})" if kind == "integer" else f"sum(length({name}))"


def duck_parse(form, kind, path):
    def way(source):
        def run():
            touched = ", ".join(touch(name, kind) for name in IDS)
            row = database().execute(f"SELECT count(*), sum(epoch(time)), {touched} FROM {source}").fetchone()
            return row[0], None

        return run

    return [(name, way(source)) for name, source in duck_sources(form, kind, path)]


def duck_dictionary(form, kind, path):
    def by_join(source):
        def run():
            db = database()
            db.execute(f"CREATE TEMP TABLE log AS SELECT * FROM {source}")
            for name in IDS:
                db.execute(
                    f"CREATE TEMP TABLE d_{name} AS SELECT {name}, CAST(row_number() OVER () - 1 AS UINTEGER) AS n "
                    f"FROM (SELECT DISTINCT {name} FROM log)"
                )
            joins = " ".join(f"JOIN d_{name} USING ({name})" for name in IDS)
            numbers = ", ".join(f"d_{name}.n AS {name}" for name in IDS)
            db.execute(f"CREATE TEMP TABLE dense AS SELECT epoch(time) AS second, {numbers} FROM log {joins}")
            rows = db.execute("SELECT count(*) FROM dense").fetchone()[0]
            return rows, tuple(db.execute(f"SELECT count(*) FROM d_{name}").fetchone()[0] for name in IDS)

        return run

    def by_enum(source):
        def run():
            db = database()
            db.execute(f"CREATE TEMP TABLE log AS SELECT * FROM {source}")
            for name in IDS:
                db.execute(f"CREATE TYPE e_{name} AS ENUM (SELECT DISTINCT {name} FROM log)")
            numbers = ", ".join(f"CAST({name} AS e_{name}) AS {name}" for name in IDS)
            db.execute(f"CREATE TEMP TABLE dense AS SELECT epoch(time) AS second, {numbers} FROM log")
            rows = db.execute("SELECT count(*) FROM dense").fetchone()[0]
            counts = (f"len(enum_range(NULL::e_{name}))" for name in IDS)
            return rows, tuple(db.execute(f"SELECT {', '.join(counts)}").fetchone())

        return run

    ways = []
    for name, source in duck_sources(form, kind, path):
        ways.append((f"{name}, join with the distinct ids", by_join(source)))
        if kind == "text":
            ways.append((f"{name}, ENUM", by_enum(source)))
    return ways


def scan(form, kind, path):
    if form == "Parquet":
        return pl.scan_parquet(path)
    of_id = pl.Int64 if kind == "integer" else pl.String
    schema = {"time": pl.String} | {name: of_id for name in IDS}
    scan = pl.scan_csv(path, schema=schema) if form == "CSV" else pl.scan_ndjson(path, schema=schema)
    return scan.with_columns(pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="ms"))


ENGINES = ["streaming", "in-memory"]


def polars_parse(form, kind, path):
    def way(engine):
        def run():
            ids = [pl.col(n).sum() if kind == "integer" else pl.col(n).str.len_bytes().sum() for n in IDS]
            found = scan(form, kind, path).select(pl.len().alias("rows"), pl.col("time").dt.epoch("s").sum(), *ids)
            return found.collect(engine=engine).item(0, "rows"), None

        return run

    return [(engine, way(engine)) for engine in ENGINES]


def polars_dictionary(form, kind, path):
    def numbered(engine, number):
        def run():
            log = scan(form, kind, path)
            dense = log.select(pl.col("time").dt.epoch("s"), *(number(n) for n in IDS)).collect(engine=engine)
            return dense.height, tuple(dense[n].n_unique() for n in IDS)

        return run

    def by_join(engine):
        def run():
            log = scan(form, kind, path).collect(engine=engine)
            counts = []
            for n in IDS:
                ids = log.select(n).unique().with_row_index(f"{n}_number")
                counts.append(ids.height)
                log = log.join(ids, on=n, how="left").drop(n)
            return log.height, tuple(counts)

        return run

    ways = [(f"{engine}, join with the unique ids", by_join(engine)) for engine in ENGINES]
    if kind == "text":
        # The check of the counts is outside of what is wanted, but cheap beside the rest.
        ways += [(f"{e}, Categorical", numbered(e, lambda n: pl.col(n).cast(pl.Categorical).to_physical())) for e in ENGINES]
    else:
        ways += [(f"{e}, rank dense", numbered(e, lambda n: pl.col(n).rank("dense"))) for e in ENGINES]
    return ways


# Products' logs: which views are in them, in SQL as an analyst would write it.
PRODUCTS = {
    "web server's log": (
        "access.log",
        lambda path: f"""SELECT strptime(regexp_extract(line, '\\[([^\\]]+)\\]', 1), '%d/%b/%Y:%H:%M:%S %z') AS time,
            regexp_extract(line, '^\\S+ \\S+ (\\S+)', 1) AS actor,
            regexp_extract(line, '"GET /Ticket/Display\\.html\\?id=([0-9]+)', 1) AS ticket
            FROM read_csv('{path}', header = false, auto_detect = false, delim = '\x01', quote = '', escape = '',
                columns = {{'line': 'VARCHAR'}})
            WHERE contains(line, '"GET /Ticket/Display.html?id=')""",
    ),
    "Zendesk's access log": (
        "zendesk.jsonl",
        lambda path: f"""SELECT timestamp AS time, user_id AS actor,
            coalesce(nullif(regexp_extract(url, '/tickets/([0-9]+)', 1), ''), json_extract_string(graphql, '$.variables.id')) AS ticket
            FROM read_json('{path}', format = 'newline_delimited', columns =
                {{'timestamp': 'TIMESTAMP', 'user_id': 'VARCHAR', 'url': 'VARCHAR', 'graphql': 'JSON'}})""",
    ),
    "Salesforce's event log file": (
        "salesforce.csv",
        lambda path: f"""SELECT CAST(TIMESTAMP_DERIVED AS TIMESTAMP) AS time, USER_ID_DERIVED AS actor, PAGE_ENTITY_ID AS ticket
            FROM read_csv('{path}', header = true, all_varchar = true)""",
    ),
}


def duck_product(query):
    def by_enum():
        db = database()
        db.execute(f"CREATE TEMP TABLE log AS {query}")
        for name in ["actor", "ticket"]:
            db.execute(f"CREATE TYPE e_{name} AS ENUM (SELECT DISTINCT {name} FROM log)")
        db.execute("CREATE TEMP TABLE dense AS SELECT epoch(time) AS second, CAST(actor AS e_actor) AS actor, "
                   "CAST(ticket AS e_ticket) AS ticket FROM log")
        return db.execute("SELECT count(*) FROM dense").fetchone()[0]

    def by_join():
        db = database()
        db.execute(f"CREATE TEMP TABLE log AS {query}")
        for name in ["actor", "ticket"]:
            db.execute(f"CREATE TEMP TABLE d_{name} AS SELECT {name}, CAST(row_number() OVER () - 1 AS UINTEGER) AS n "
                       f"FROM (SELECT DISTINCT {name} FROM log)")
        db.execute("CREATE TEMP TABLE dense AS SELECT epoch(time) AS second, d_actor.n AS actor, d_ticket.n AS ticket "
                   "FROM log JOIN d_actor USING (actor) JOIN d_ticket USING (ticket)")
        return db.execute("SELECT count(*) FROM dense").fetchone()[0]

    return [("join with the distinct ids", by_join), ("ENUM", by_enum)]


def goaccess(path):
    """Seconds that GoAccess takes for its own report of the same lines: (wall, CPU), median."""
    command = ["goaccess", path, "--log-format=COMBINED", "--no-progress",
               "--output", os.path.join(args.dir, "goaccess.json")]
    # Older versions have one thread and no such option.
    if "--jobs" in subprocess.run(["goaccess", "--help"], capture_output=True, text=True).stdout:
        command += ["--jobs", str(args.threads)]
    walls, cpus = [], []
    for _ in range(args.runs):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        walls.append(time.perf_counter() - begin)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
    return statistics.median(walls), statistics.median(cpus)


def products(ours):
    """The table of products' logs."""
    print("\nProducts' logs, records with several columns: time, account and ticket of each view, ids numbered. "
          "GoAccess makes its own report of the same lines: another question, on the same reading.\n")
    print("| log | ours M records/s | DuckDB | ours/DuckDB | DuckDB's way | GoAccess | ours/GoAccess |")
    print("|---|---:|---:|---:|---|---:|---:|")
    for name, (file, query) in PRODUCTS.items():
        path = os.path.join(args.dir, f"{args.rows}-{file}")
        views = -(-args.rows // 5) if file == "access.log" else args.rows
        way, wall, cpu, answer = best(duck_product(query(path)))
        if answer != views:
            raise SystemExit(f"{name}: DuckDB finds {answer} views, not {views}")
        own = ours.get(f"{name}: records, parse + dictionary")

        ratio = f"{wall / own['wall']:.2f}" if own else "-"

        def cell(wall, cpu):
            return f"{args.rows / wall / 1e6:.2f} ({cpu:.1f})"

        beside = ["-", "-"]
        if file == "access.log" and shutil.which("goaccess"):
            other = goaccess(path)
            beside = [cell(*other), f"{other[0] / own['wall']:.2f}" if own else "-"]
        print(f"| {name} | {cell(own['wall'], own['cpu']) if own else '-'} | {cell(wall, cpu)} "
              f"| {ratio} | {way} | {beside[0]} | {beside[1]} |")


def best(ways):
    """The fastest way: each once, then the best of them for the median; (way, seconds, CPU, answer)."""
    tried = []
    for name, run in ways:
        begin = time.perf_counter()
        try:
            answer = run()
        except Exception as error:  # a way that a version does not offer is no way
            print(f"  not possible: {name}: {str(error).splitlines()[0]}", flush=True)
            continue
        tried.append((time.perf_counter() - begin, name, run, answer))
    seconds, name, run, answer = min(tried, key=lambda way: way[0])
    walls, cpus = [], []
    for _ in range(args.runs):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return name, statistics.median(walls), statistics.median(cpus), answer


def main():
    ours, machine = {}, None
    if args.ours:
        with open(args.ours) as file:
            measured = json.load(file)
        machine = measured["machine"]
        ours = {row["what"]: row for row in measured["figures"]}
    rows = []
    for form, extension in EXTENSION.items():
        for kind in ["integer", "text"]:
            path = os.path.join(args.dir, f"log-{args.rows}-{kind}.{extension}")
            for question, ask in [
                ("parse", {"DuckDB": duck_parse, "Polars": polars_parse}),
                ("parse + dictionary", {"DuckDB": duck_dictionary, "Polars": polars_dictionary}),
            ]:
                what = f"{form}, {kind} ids: {question}"
                row = {"what": what, "ours": ours.get(what)}
                answers = set()
                for tool, ways in ask.items():
                    way, wall, cpu, answer = best(ways(form, kind, path))
                    row[tool] = {"way": way, "wall": wall, "cpu": cpu}
                    answers.add(answer)
                if len(answers) != 1 or next(iter(answers))[0] != args.rows:
                    raise SystemExit(f"{what}: the tools do not agree: {answers}")
                rows.append(row)
                print(".", end="", flush=True, file=os.sys.stderr)
    print(file=os.sys.stderr)  # ends the line of dots
    versions = {"DuckDB": duckdb.__version__, "Polars": pl.__version__}
    if args.json:
        print(json.dumps({"versions": versions, "threads": args.threads, "rows": rows}, indent=1))
        return
    if machine:
        print(f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']:.1f} GB, {machine['date']}, "
              f"commit {machine['commit']}, load {machine['load']:.1f} as it began.\n")
    print(f"DuckDB {versions['DuckDB']}, Polars {versions['Polars']}, {args.threads} threads, {args.rows:,} rows, "
          f"median of {args.runs} runs; in brackets CPU seconds; ratio = their seconds / ours, over 1 = ours is faster.\n")
    print("| log | ours M rows/s | DuckDB | Polars | ours/DuckDB | ours/Polars | DuckDB's way | Polars' way |")
    print("|---|---:|---:|---:|---:|---:|---|---|")
    for row in rows:
        def cell(took):
            return f"{args.rows / took['wall'] / 1e6:.1f} ({took['cpu']:.1f})" if took else "-"
        def ratio(tool):
            return f"{row[tool]['wall'] / row['ours']['wall']:.2f}" if row["ours"] else "-"
        print(f"| {row['what']} | {cell(row['ours'])} | {cell(row['DuckDB'])} | {cell(row['Polars'])} "
              f"| {ratio('DuckDB')} | {ratio('Polars')} | {row['DuckDB']['way']} | {row['Polars']['way']} |")
    products(ours)


main()
