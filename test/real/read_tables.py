"""Reads every .arrow file of the given folders, or given itself, with pyarrow and with polars.

    read_tables.py [--values] FOLDER_OR_FILE...

pyarrow validates each table and each batch in full; polars must then see the same columns with the same values. Prints
{file: {"rows", "batches", "schema", "metadata"}} as JSON, with --values also the values by column. Exits with 1, naming file
and column, at the first difference, and when there is no file at all.
"""

import json
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.ipc


def main(arguments):
    with_values = "--values" in arguments
    files = [file for argument in arguments if argument != "--values" for file in arrow_files(Path(argument))]
    if not files:
        sys.exit("no .arrow file in " + " ".join(arguments))
    print(json.dumps({str(file): read(file, with_values) for file in files}))


def arrow_files(path):
    return [path] if path.is_file() else sorted(path.rglob("*.arrow"))


def read(file, with_values):
    with pa.memory_map(str(file)) as source:
        reader = pa.ipc.open_file(source)
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        for i, batch in enumerate(batches):
            check(file, f"batch {i}", lambda: batch.validate(full=True))
        table = reader.read_all()
        check(file, "table", lambda: table.validate(full=True))
        compare(file, table, pl.read_ipc(file))
        told = {
            "rows": table.num_rows,
            "batches": len(batches),
            "schema": {field.name: describe(field) for field in table.schema},
            "metadata": text(table.schema.metadata),
        }
        if with_values:
            told["values"] = {name: table.column(name).to_pylist() for name in table.column_names}
        return told


def check(file, what, validate):
    try:
        validate()
    except pa.ArrowInvalid as error:
        sys.exit(f"{file}: {what}: {error}")


def compare(file, table, frame):
    if frame.columns != table.column_names or frame.height != table.num_rows:
        sys.exit(f"{file}: pyarrow has {table.num_rows} rows of {table.column_names}, polars {frame.height} of {frame.columns}")
    for name in table.column_names:
        ours = table.column(name)
        if pa.types.is_dictionary(ours.type):
            ours = ours.cast(pa.string())
        ours = pl.Series(name, ours)
        theirs = frame[name]
        theirs = theirs.cast(pl.String) if theirs.dtype == pl.Categorical else theirs
        # NaN equals NaN here, null equals null.
        if ours.dtype != theirs.dtype or not ours.equals(theirs, null_equal=True):
            sys.exit(f"{file}: column {name}: pyarrow and polars read different values")


def describe(field):
    nullable = " or null" if field.nullable else ""
    return {"type": f"{field.type}{nullable}", **text(field.metadata)}


def text(metadata):
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}


if __name__ == "__main__":
    main(sys.argv[1:])
