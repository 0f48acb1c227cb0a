/**
 * Measures of Jobs, CronJobs, StatefulSets and DaemonSets: the order in which pods with names of their own come and go, when each
 * pod of a Job is made, what the statuses say one after the other, and how all ends.
 */
import type { TimelineEvent } from "./golden.js";
import type { Put, World } from "./measures.js";

/** Pods whose times are measured one by one. */
const FIRST_PODS = 12;
const AT_ONCE_MS = 100;
const COUNTS = ["active", "succ", "fail"] as const;

export class WorkloadMeasures {
	readonly #podsMs: number[] = [];
	/** From the end of a Job's last failed pod to the next pod that is made. */
	readonly #backoffsMs: number[] = [];
	#failedMs = Number.NaN;
	readonly #order: { readonly step: string; readonly t: number }[] = [];
	/** By name of the Job, in the order of their creation. */
	readonly #jobs = new Map<string, JobCourse>();
	readonly #jobsMs: { readonly made: number[]; readonly gone: number[] } = { made: [], gone: [] };

	see(event: TimelineEvent, world: World): void {
		const { k, op, n = "", t } = event;
		if (k === "Pod") this.#pod(event, world);
		if (k !== "Job") return;
		if (op === "A") this.#jobsMs.made.push(t);
		if (op === "D") this.#jobsMs.gone.push(t);
		let course = this.#jobs.get(n);
		if (course === undefined) {
			course = { counts: [], conditions: new Map() };
			this.#jobs.set(n, course);
		}
		const fields = world.fieldsOf("Job", n);
		if (fields === undefined) return;
		const counts = COUNTS.map((name) => fields[name]).join("/");
		if (course.counts.at(-1) !== counts) course.counts.push(counts);
		// Names of pods are drawn.
		for (const [name, value] of Object.entries(event))
			if (name.startsWith("c.")) course.conditions.set(`${name} ${String(value).replace(/ pod \S+ /i, " pod * ")}`, t);
	}

	end(put: Put, world: World, startMs: number): void {
		// Jobs of other scenarios asked through the same client, which made single requests wait up to half a second.
		this.#podsMs.slice(0, FIRST_PODS).forEach((t, i) => {
			put(`Job pod ${i}, whole seconds`, Math.round((t - startMs) / 1000));
		});
		if (this.#order.length > 0) put("StatefulSet order", inOrder(this.#order).join(" "));
		this.#backoffsMs.forEach((lengthMs, i) => {
			put(`Job back-off ${i + 1}.Ms`, lengthMs);
		});
		let number = 0;
		for (const { counts, conditions } of this.#jobs.values()) {
			put(`Job ${++number} active/succeeded/failed`, counts.join(" "));
			for (const [condition, t] of conditions) put(`Job ${number} ${condition}.Ms`, t - startMs);
		}
		for (const [what, times] of Object.entries(this.#jobsMs))
			times.forEach((t, i) => {
				put(`Job ${i + 1} ${what}.Ms`, t - startMs);
			});
		for (const [kind, fields] of Object.entries(ENDS))
			for (const [name, is] of world.of(kind))
				put(`${kind} ${name}`, fields.map((field) => `${field} ${JSON.stringify(is[field] ?? 0)}`).join(", "));
	}

	#pod({ op, n = "", t, ...event }: TimelineEvent, world: World): void {
		const owner = String(event["own"] ?? world.fieldsOf("Pod", n)?.["own"] ?? "");
		if (owner.startsWith("Job/")) {
			if (op === "A") this.#podsMs.push(t);
			if (op === "A" && !Number.isNaN(this.#failedMs)) this.#backoffsMs.push(t - this.#failedMs);
			if (op === "A") this.#failedMs = Number.NaN;
			if (op === "M" && event["phase"] === "Failed") this.#failedMs = t;
		}
		if (!owner.startsWith("StatefulSet/")) return;
		if (op === "A") this.#order.push({ step: `+${n}`, t });
		if (op === "M" && event["del"] === true) this.#order.push({ step: `-${n}`, t });
	}
}

interface JobCourse {
	readonly counts: string[];
	/** When each was written first. */
	readonly conditions: Map<string, number>;
}

/** What was asked for at once, by several threads, has no order of its own. */
function inOrder(steps: readonly { readonly step: string; readonly t: number }[]): readonly string[] {
	const bursts: string[][] = [];
	let lastMs = Number.NEGATIVE_INFINITY;
	for (const { step, t } of steps) {
		if (t - lastMs < AT_ONCE_MS) bursts.at(-1)!.push(step);
		else bursts.push([step]);
		lastMs = t;
	}
	return bursts.flatMap((burst) => burst.sort());
}

/** What is told of the end of a phase. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
	Job: ["active", "readyPods", "succ", "fail", "term", "completed", "failedIdx", "suspend", "completionTime"],
	CronJob: ["active"],
	StatefulSet: ["spec", "rep", "cur", "upd", "ready", "avail"],
	DaemonSet: ["des", "cur", "ready", "avail", "unavail", "upd", "mis"],
};
