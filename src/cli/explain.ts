/** `cellsim explain`: what happened to one pod, and why. */
import { type Command, InvalidArgumentError } from "commander";
import type { AttemptEntry, Explanation, HistoryEntry, PendingPods, PodFacts } from "../experiment/results/explain.js";
import { formatRequest } from "../metrics/format-amount.js";
import { examples } from "./examples.js";

export function addExplain(program: Command): void {
	program
		.command("explain")
		.description("tell the history of a pod: attempts and their reasons, binding, end")
		.argument("<run>", "a run: its folder, or that of its experiment and axis=value,seed=n")
		.argument("[pod]", "name of the pod, or its number")
		.option("--pending [prefix]", "instead of a pod: the first that never got a node, of those whose names begin so")
		.option("--nodes <lines>", "kube-scheduler: lines of nodes shown for each attempt", parseLines, 10)
		.option("--json", "print the history as JSON, every attempt by itself", false)
		.addHelpText(
			"after",
			examples(
				[
					"cellsim explain results/mine --pending",
					"the runs that there are; of a single one, its first pod without a node",
				],
				["cellsim explain results/mine/policy=borg,seed=1 --pending batch-", "the first of those whose names begin so"],
				["cellsim explain results/mine/0123456789ab batch-17-0", "the history of one pod"],
			),
		)
		.action(explain);
}

interface Options {
	readonly pending?: string | true;
	readonly nodes: number;
	readonly json: boolean;
}

async function explain(run: string, named: string | undefined, options: Options): Promise<void> {
	const { explainPod, pendingPods } = await import("../experiment/results/explain.js");
	const { runFolder } = await import("../experiment/results/run-folder.js");
	const { InputError } = await import("../objects/input-error.js");
	const { pending: asked, nodes, json } = options;
	const folder = await runFolder(run);
	if ((named === undefined) === (asked === undefined))
		throw new InputError("give the name of a pod, or else --pending");
	const pending = asked === undefined ? null : await pendingPods(folder, asked === true ? "" : asked);
	const explanation = await explainPod(folder, named ?? String(pending!.first));
	if (pending !== null && !json) process.stdout.write(`${pendingText(pending)}\n`);
	if (json) process.stdout.write(`${JSON.stringify({ schema: 1, ...(pending && { pending }), ...explanation })}\n`);
	else process.stdout.write(await printed(explanation, nodes));
	for (const note of explanation.notes) process.stderr.write(`note: ${note}\n`);
}

function pendingText({ placed, pending }: PendingPods): string {
	return `${placed} pods got a node, ${pending} never did. The first of these:`;
}

async function printed(explanation: Explanation, nodes: number): Promise<string> {
	const { pod, history, kubernetes } = explanation;
	const { formatInstant } = await import("../experiment/results/instant.js");
	const { plainTable } = await import("./text-table.js");
	const columns = ["time", "event", "detail"].map((title) => ({ title, align: "left" }) as const);
	const rows = collapsed(history).map(({ entry, times }) => [
		formatInstant(entry.timeUs),
		times > 1 ? `${entry.what} (last of ${times})` : entry.what,
		entry.what === "attempt" ? attemptText(entry, pod, formatInstant) : "detail" in entry ? entry.detail : "",
	]);
	const { kubernetesAttemptsText } = await import("./kubernetes-attempts-text.js");
	const tables = kubernetesAttemptsText(kubernetes, nodes, formatInstant);
	return `${headOf(pod, formatInstant)}\n\n${plainTable(columns, rows)}${tables}${lastWord(explanation)}`;
}

function headOf(pod: PodFacts, duration: (us: number) => string): string {
	const { name, job, jobPods, gang, className, priority, cpuMilli, memoryBytes, gpuMilli, otherRequests } = pod;
	const size = gang ? `a gang of ${jobPods}` : `${jobPods} pods`;
	const rest = [
		jobPods > 1 ? `job ${job} (${size})` : "",
		className === "" ? "" : `class ${className}`,
		`priority ${priority}`,
		`requests ${otherRequests === "" ? "" : `${otherRequests.replaceAll(",", ", ")}, `}${formatRequest(cpuMilli, memoryBytes, gpuMilli)}`,
	];
	const waited = pod.pendingTimeUs === null ? "never bound" : `pending for ${duration(pod.pendingTimeUs)}`;
	return `pod ${name} (number ${pod.pod}): ${pod.outcome}, ${waited}\n${rest.filter((part) => part !== "").join("; ")}`;
}

interface Collapsed {
	/** The last of them. */
	readonly entry: HistoryEntry;
	readonly times: number;
}

/** Attempts one after the other that came to the same, for the same reasons, are shown once. */
function collapsed(history: readonly HistoryEntry[]): readonly Collapsed[] {
	const rows: Collapsed[] = [];
	for (const entry of history) {
		const last = rows.at(-1);
		if (last !== undefined && sameAttempt(last.entry, entry)) rows[rows.length - 1] = { entry, times: last.times + 1 };
		else rows.push({ entry, times: 1 });
	}
	return rows;
}

function sameAttempt(a: HistoryEntry, b: HistoryEntry): boolean {
	if (a.what !== "attempt" || b.what !== "attempt") return false;
	return (
		a.scheduler === b.scheduler &&
		a.outcome === b.outcome &&
		a.pods === b.pods &&
		a.reasons === b.reasons &&
		a.own === b.own
	);
}

function attemptText(attempt: AttemptEntry, pod: PodFacts, duration: (us: number) => string): string {
	const { scheduler, beginUs, timeUs, outcome, pods, placed, conflicts, conflictReasons } = attempt;
	const facts = [
		`by ${scheduler}${beginUs === timeUs ? "" : `, begun ${duration(beginUs)}`}`,
		pod.jobPods > 1 ? `${outcome} (${placed} of ${pods} pods placed)` : outcome,
		conflicts > 0 ? `at commit ${conflictReasons}` : "",
	];
	const text = facts.filter((fact) => fact !== "").join(", ");
	return attempt.reasons === null ? text : `${text}: ${reasonsText(attempt)}`;
}

function reasonsText({ reasons, own }: AttemptEntry): string {
	return own ? reasons! : `for one of the pods, ${reasons}`;
}

/** For a pod that waits at the end of the run: why, the last time somebody looked. */
function lastWord({ pod, history, kubernetes, leftAlone }: Explanation): string {
	const { outcome, name } = pod;
	if (outcome !== "pending") return "";
	if (leftAlone !== null) return `\n${name} is pending: ${leftAlone}\n`;
	const vain = kubernetes.findLast(({ message }) => message !== null);
	if (vain !== undefined) return `\n${name} is pending: ${vain.message}\n`;
	const attempts = history.filter((entry) => entry.what === "attempt");
	const last = attempts.findLast(({ reasons }) => reasons !== null);
	if (attempts.length === 0) return `\n${name} is pending: no scheduler has looked at it yet.\n`;
	return `\n${name} is pending${last === undefined ? "" : `: ${reasonsText(last)}`}\n`;
}

function parseLines(text: string): number {
	const lines = Number(text);
	if (!Number.isInteger(lines) || lines < 0 || lines > 100_000)
		throw new InvalidArgumentError("expected a whole number from 0 to 100000");
	return lines;
}
