/** `cellsim diff`: makes two runs again side by side and shows where they part. */

import { type Command, InvalidArgumentError } from "commander";
import type { Parting, RunDifference } from "../experiment/results/diff.js";
import type { Moves } from "../experiment/results/moved-pods.js";
import { formatCount } from "../metrics/format-metric.js";
import { examples } from "./examples.js";
import { EXIT } from "./exit.js";
import { plainTable } from "./text-table.js";

interface Options {
	readonly context: number;
	readonly moves: number;
	readonly json: boolean;
}

export function addDiff(program: Command): void {
	program
		.command("diff")
		.description("make two runs again, event by event, and show where they part")
		.argument("<run>", "a run: its folder, or that of its experiment and axis=value,seed=n")
		.argument("[run]", "another run")
		.option("--context <lines>", "lines shown before and after", parseLines, 5)
		.option("--moves <lines>", "pods shown that are on other nodes", parseLines, 10)
		.option("--json", "print the difference as JSON", false)
		.addHelpText(
			"after",
			examples(
				["cellsim diff results/quickstart", "the runs that there are"],
				[
					"cellsim diff results/mine/policy=borg,seed=1 results/mine/policy=best-fit,seed=1 --moves 50",
					"where two part, and pods on other nodes",
				],
			),
		)
		.action(diff);
}

async function diff(left: string, right: string | undefined, { context, moves, json }: Options): Promise<void> {
	const { diffRuns } = await import("../experiment/results/diff.js");
	const { runFolder } = await import("../experiment/results/run-folder.js");
	const { InputError } = await import("../objects/input-error.js");
	const first = await runFolder(left);
	if (right === undefined) throw new InputError(`'${left}' is one run: name another to compare it with`);
	const result = await diffRuns(first, await runFolder(right), { context });
	const { parting, warnings, faults } = result;
	for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
	for (const fault of faults) process.stderr.write(`fault: ${fault}\n`);
	const { decisionText } = await import("./decision-text.js");
	const [ours, theirs] = parting?.decisions ?? [];
	const decisions = ours && theirs ? decisionText("first", ours) + decisionText("second", theirs) : "";
	process.stdout.write(
		json ? `${JSON.stringify({ schema: 1, left, right, ...result })}\n` : printed(result, decisions, moves),
	);
	if (parting !== null || faults.length > 0) process.exitCode = EXIT.difference;
}

function printed(result: RunDifference, decisions: string, lines: number): string {
	const { events, parting, manifests, moves } = result;
	const facts = manifests.map(({ what, left, right }) => `  ${what}: ${left} | ${right}\n`).join("");
	const head = facts === "" ? "The manifests say the same.\n" : `The manifests differ (first | second):\n${facts}`;
	if (parting === null) return `${head}The runs are identical: ${formatCount(events)} events.\n`;
	return `${head}${printedParting(parting)}${decisions}${moves === null ? "" : `${decisions === "" ? "" : "\n"}${printedMoves(moves, lines)}`}`;
}

function printedParting({ events, before, left, right }: Parting): string {
	const lines = (mark: string, list: readonly string[]) =>
		list.length === 0 ? `${mark} (end of the run)\n` : list.map((line) => `${mark} ${line}\n`).join("");
	return (
		`The runs are the same for ${formatCount(events)} events, then they part (- first, + second):\n` +
		before.map((line) => `  ${line}\n`).join("") +
		lines("-", left) +
		lines("+", right)
	);
}

function printedMoves({ pods, moved }: Moves, lines: number): string {
	if (moved.length === 0) return `Every one of the ${formatCount(pods)} pods of both ended up on the same node.\n`;
	const columns = ["pod", "first run", "second run"].map((title) => ({ title, align: "left" }) as const);
	const rows = moved.slice(0, lines).map(({ pod, left, right }) => [pod, left ?? "-", right ?? "-"]);
	const more =
		moved.length > lines ? `... and ${formatCount(moved.length - lines)} more (--moves shows more lines)\n` : "";
	const table = rows.length === 0 ? "" : plainTable(columns, rows);
	return `On other nodes: ${formatCount(moved.length)} of ${formatCount(pods)} pods.\n${table}${more}`;
}

function parseLines(text: string): number {
	const lines = Number(text);
	if (!Number.isInteger(lines) || lines < 0 || lines > 1000)
		throw new InvalidArgumentError("expected a whole number from 0 to 1000");
	return lines;
}
