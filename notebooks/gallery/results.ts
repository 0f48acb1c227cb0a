/**
 * Results of cellsim, as rows: what lies in data/ beside this file, where prepare.mjs, or `cellsim run mine.yaml -o
 * notebooks/gallery/data`, has put it.
 */
import { tableFromIPC } from "apache-arrow";

/** Whole numbers of 64 bits come as numbers: times in microseconds are exact for 285 years. */
export type Value = string | number | boolean | null;

/** A row, by column. */
export type Row<Column extends string = string> = Readonly<Record<Column, Value>>;

/** Their addresses; a file is loaded when a notebook asks for it. */
const FILES = import.meta.glob<string>("./data/**/*.arrow", { query: "?url", import: "default", eager: true });

/** Of every run of an experiment, some columns of its runs.arrow: axes (`matrix_policy`) and metrics. Throws for a column that there is not. */
export function runs<Column extends string>(
	experiment: string,
	columns: readonly Column[],
): Promise<readonly Row<Column>[]> {
	return read(`${experiment}/runs.arrow`, columns);
}

/**
 * Some columns of a table of all runs of an experiment, and of runs.arrow the columns `of` to tell them apart. Throws for a table or
 * column that there is not.
 */
export async function table<Column extends string, Of extends string>(
	experiment: string,
	name: string,
	columns: readonly Column[],
	of: readonly Of[],
): Promise<readonly Row<Column | Of>[]> {
	const all = await runs(experiment, ["run", ...of]);
	const tables = all.map(async ({ run, ...values }) => {
		const rows = await read(`${experiment}/${run}/${name}.arrow`, columns);
		return rows.map((row) => ({ ...values, ...row }) as Row<Column | Of>);
	});
	return (await Promise.all(tables)).flat();
}

async function read<Column extends string>(file: string, columns: readonly Column[]): Promise<readonly Row<Column>[]> {
	const address = FILES[`./data/${file}`];
	if (address === undefined) throw new Error(`there is no data/${file}: npm run data makes what this gallery shows`);
	const response = await fetch(address);
	if (!response.ok) throw new Error(`data/${file}: ${response.status} ${response.statusText}`);
	const arrow = tableFromIPC(await response.arrayBuffer());
	const vectors = columns.map((column) => {
		const vector = arrow.getChild(column);
		if (vector !== null) return [column, vector] as const;
		throw new Error(`data/${file} has no column '${column}'; it has ${arrow.schema.names.join(", ")}`);
	});
	return Array.from({ length: arrow.numRows }, (_, i) => {
		const cells = vectors.map(([column, vector]) => [column, plain(vector.get(i))]);
		return Object.fromEntries(cells) as Row<Column>;
	});
}

function plain(value: Value | bigint): Value {
	return typeof value === "bigint" ? Number(value) : value;
}
