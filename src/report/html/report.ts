/** A report on results: one page, and its figures as files of their own. */
import { join } from "node:path";
import { passes } from "../../experiment/file/figure-rules.js";
import { compareResults } from "../../experiment/results/compare.js";
import { readFigures } from "../../experiment/results/figures-file.js";
import { experimentDigest, type RunManifest } from "../../experiment/results/manifest.js";
import { type RunRow, readRuns } from "../../experiment/results/runs-table.js";
import { drawFigure } from "../figures/index.js";
import type { EmbeddedRun } from "../timeline/embedded.js";
import { howToAdd } from "../timeline/history-builder.js";
import { pageHtml, type ReportPage, type Section } from "./page.js";
import { gather, type Reported, type ReportRun } from "./reported.js";
import {
	queueFigure,
	type StandardFigure,
	summaryFigure,
	transactionsFigure,
	utilisationFigure,
	waitingFigure,
} from "./standard-figures.js";
import { differencesTable, summaryTable } from "./summary-section.js";
import { transactionsTable } from "./transactions-table.js";

export interface Report {
	readonly html: string;
	/** Every figure of the page; null where there was nothing to draw. */
	readonly figures: readonly {
		readonly name: string;
		readonly svg: string | null;
		readonly notes: readonly string[];
	}[];
}

/**
 * The report on a folder of results, of the runs that have the matrix values in `only`. The same results give the same bytes. InputError:
 * a folder without results, values that no run has, a table that is damaged.
 */
export async function makeReport(folder: string, only: Record<string, string[]> = {}): Promise<Report> {
	const { InputError } = await import("../../objects/input-error.js");
	const all = await readRuns(folder);
	const include = ({ axes }: RunRow) => passes(only, (key) => axes.get(key));
	const rows = all.filter(include);
	if (rows.length === 0) throw new InputError(`--only: none of the ${all.length} runs in '${folder}' has these values`);
	const runs = rows.map((row): ReportRun => ({ row, folder: join(folder, row.run) }));
	const reported = await gather(runs, true);
	const declared: Report["figures"][number][] = [];
	for (const figure of await readFigures(folder)) {
		const { svg, notes } = await drawFigure(figure, folder, rows);
		declared.push({ name: figure.name, svg, notes });
	}
	const compared =
		new Set(rows.map(({ variant }) => variant)).size < 2 ? null : await compareResults([folder], { include });
	const summary: Section = {
		id: "summary",
		title: "Summary",
		body:
			summaryTable(rows) +
			drawn(summaryFigure(rows)) +
			(compared === null ? "" : differencesTable(compared.base, compared.rows)),
		notes: compared?.notes ?? [],
	};
	const figures: Section = {
		id: "figures",
		title: "Figures of the experiment",
		body: declared.map(({ svg }) => drawn(svg)).join("\n"),
		notes: declared.flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`)),
	};
	const standard = standardFigures(rows, reported);
	return {
		html: pageHtml({
			title: titleOf(reported.manifests, folder),
			facts: factsOf(reported.manifests, rows),
			sections: [summary, ...(declared.length === 0 ? [] : [figures]), ...cellSections(reported)],
			timeline: reported.timeline.map(({ run }) => run),
			data: reported.timeline.map(({ run, text }) => ({
				element: run.data.kind === "tables" ? "" : run.data.element,
				text,
			})),
			fetches: "none",
		}),
		figures: [...declared, ...standard.map(({ name, svg }) => ({ name, svg, notes: [] }))],
	};
}

/** The page on runs whose tables it fetches itself from where it came from. */
export async function makeExplorer(runs: readonly ReportRun[], timeline: readonly EmbeddedRun[]): Promise<string> {
	const rows = runs.map(({ row }) => row);
	const reported = await gather(runs, false);
	const summary: Section = {
		id: "summary",
		title: "Summary",
		body: summaryTable(rows) + drawn(summaryFigure(rows)),
		notes: [],
	};
	return pageHtml({
		title: titleOf(reported.manifests, runs[0]!.folder),
		facts: factsOf(reported.manifests, rows),
		sections: [summary, ...cellSections(reported)],
		timeline,
		data: [],
		fetches: "self",
	} satisfies ReportPage);
}

function standardFigures(rows: readonly RunRow[], reported: Reported): readonly StandardFigure[] {
	const makers = [waitingFigure, utilisationFigure, queueFigure, transactionsFigure];
	return [summaryFigure(rows), ...makers.map((make) => make(reported))].filter((figure) => figure !== null);
}

/** What the tables of the runs tell; a section without its table says how to have it. */
function cellSections(reported: Reported): readonly Section[] {
	const waiting = drawn(waitingFigure(reported));
	const [utilisation, queue] = [drawn(utilisationFigure(reported)), drawn(queueFigure(reported))];
	const transactions = transactionsTable(reported.variants) + drawn(transactionsFigure(reported));
	const lacking = (body: string, table: string) =>
		body === "" ? [`no run has the table for it: ${howToAdd(table)}`] : [];
	return [
		{ id: "waiting", title: "Pending time", body: waiting, notes: lacking(waiting, "pods") },
		{
			id: "time",
			title: "The cell over time",
			body: utilisation + queue,
			notes: [...lacking(utilisation, "nodes"), ...lacking(queue, "pods")],
		},
		{
			id: "transactions",
			title: "Transactions and conflicts",
			body: transactions,
			notes: [...lacking(transactions, "attempts"), ...reported.notes],
		},
	];
}

function drawn(figure: StandardFigure | string | null): string {
	if (figure === null) return "";
	return `<div class="drawn">${typeof figure === "string" ? figure : figure.svg}</div>`;
}

function titleOf(manifests: readonly RunManifest[], folder: string): string {
	return manifests[0]?.plan.experiment ?? folder;
}

function factsOf(manifests: readonly RunManifest[], rows: readonly RunRow[]): readonly string[] {
	const variants = new Set(rows.map(({ variant }) => variant)).size;
	const seeds = new Set(rows.map(({ seed }) => seed)).size;
	const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
	const facts = [`${many(rows.length, "run")}: ${many(variants, "variant")}, ${many(seeds, "seed")}.`];
	const digests = rows.map(({ digest }) => digest).filter((digest) => digest !== "");
	if (digests.length > 0) facts.push(`Digest over these runs: ${experimentDigest(digests)}.`);
	const [first] = manifests;
	if (first !== undefined) facts.push(`cellsim ${first.versions.version}, Node.js ${first.versions.node}.`);
	return facts;
}
