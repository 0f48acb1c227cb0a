/** A cell run by Mesos, Marathon and Chronos, as the bundle `mesos` makes it: what a test of theirs needs. */
import { Cell } from "../../src/cell/cell.js";
import type { PodId } from "../../src/cell/ids.js";
import type { ApiResult } from "../../src/control/api-server.js";
import { ControlPlane, type Refused } from "../../src/control/control-plane.js";
import type { App } from "../../src/control/kinds/marathon/app.js";
import { podSpecOf } from "../../src/control/kinds/pod-template.js";
import { mesos } from "../../src/control/orchestrators/mesos.js";
import type { Pod } from "../../src/control/pod.js";
import { arrivalWith } from "../../src/control/pod-annotations.js";
import { Engine } from "../../src/engine/engine.js";
import { SeededRandomSource } from "../../src/engine/random.js";
import { SECOND } from "../../src/engine/time.js";
import { NodeAgent } from "../../src/node/node-agent.js";
import { terminationOf } from "../../src/node/termination.js";
import type { NodeSpec } from "../../src/objects/spec.js";
import { routerOf } from "../../src/scheduling/router.js";
import { architectureNamed, schedulerNamed } from "./simulations.js";

const PHASES = { arriving: 0, nodeDue: 1, arrival: 2, retry: 3, commit: 4, wake: 5, leaving: 6 } as const;

export interface MesosPlaneOptions {
	readonly nodes: readonly NodeSpec[];
	/** Of the bundle. */
	readonly params?: object;
}

export class MesosPlane {
	readonly engine = new Engine();
	readonly cell = new Cell(this.engine);
	readonly plane: ControlPlane;
	/** "seconds what" of everything that happened to tasks and deployments. */
	readonly log: string[] = [];

	/** Tasks start after half a second and leave at once. */
	constructor({ nodes, params = {} }: MesosPlaneOptions) {
		const { engine, cell } = this;
		const random = new SeededRandomSource("1");
		const given = mesos.params!.parse(params);
		new NodeAgent(engine, cell, PHASES.nodeDue, {
			startDelayUs: () => SECOND / 2,
			onLoss: "resubmit",
			termination: terminationOf({ takesUs: () => 0, noticeDelivered: 1, notice: () => 0 }),
			reportsReady: true,
		});
		const { scheduling } = mesos.defaults(given);
		const { name, ...architecture } = scheduling["architecture"] as { readonly name: string };
		const entries = scheduling["schedulers"] as readonly {
			readonly name: string;
			readonly scheduler: string | { readonly name: string };
		}[];
		architectureNamed(
			name,
			architecture,
		)({
			engine,
			cell,
			phases: PHASES,
			random,
			router: routerOf(
				entries.map((entry, i) => ({ name: entry.name, classes: null, spread: "hash", processes: [i] })),
			),
			processes: entries.map((entry, index) => {
				const { name: policy, ...of } =
					typeof entry.scheduler === "string" ? { name: entry.scheduler } : entry.scheduler;
				return {
					index,
					name: entry.name,
					entry: entry.name,
					scheduler: schedulerNamed(policy, of),
					decisionTime: { perJobUs: 0, perPodUs: 0 },
					queue: {
						discipline: "skip",
						backoff: { initialUs: 0, maxUs: 0 },
						retry: { place: "tail", afterConflictUs: 0, afterNoRoomUs: null },
					},
					random: random.stream(`scheduler/${entry.name}`),
					sees: null,
				};
			}),
		});
		const made = mesos.create(given, {
			random,
			usageOf: () => null,
			kinds: [],
			access: () => {
				throw new Error("nobody brings nodes here");
			},
		});
		this.plane = new ControlPlane(engine, cell, {
			...made,
			kinds: mesos.kinds,
			phase: PHASES.retry,
			arrivalOf: ({ spec: { template }, metadata }) => ({
				...arrivalWith(podSpecOf(template, metadata.namespace, []), metadata.annotations),
				name: null,
			}),
		});
		this.plane.create({ kind: "Namespace", metadata: { name: "default" } });
		this.#watch();
		for (const node of nodes) cell.addNode(node);
	}

	#watch(): void {
		const { cell, engine, log } = this;
		const write = (words: string) => log.push(`${Math.round(engine.nowUs / 1e4) / 100} ${words}`);
		const nameOf = (pod: PodId) => cell.pod(pod).name.replace("default/", "");
		cell.watch({
			podBound: (pod, node) => write(`${nameOf(pod)} on ${cell.node(node).name}`),
			podStarted: (pod) => write(`${nameOf(pod)} runs`),
			podEnded: (pod, _node, reason) => write(`${nameOf(pod)} ${reason}`),
		});
		this.plane.server.watch(({ kind, before, after }) => {
			if (kind !== "MarathonDeployment") return;
			const { name } = (after ?? before)!.metadata;
			if (before === null) write(`${name} begins`);
			else if (after === null) write(`${name} is over`);
			else write(`${name} step ${(after.status as { readonly done: number }).done} done`);
		});
	}

	/** Creates an object; one that is refused fails the test. */
	create(kind: string, name: string, spec: object, annotations: Readonly<Record<string, string>> = {}): void {
		this.#expectDone(this.tryCreate(kind, name, spec, annotations));
	}

	tryCreate(kind: string, name: string, spec: object, annotations: Readonly<Record<string, string>> = {}) {
		return this.plane.create({ kind, metadata: { name, annotations }, spec });
	}

	patch(kind: string, name: string, spec: object, annotations: Readonly<Record<string, string>> = {}): void {
		this.#expectDone(this.tryPatch(kind, name, spec, annotations));
	}

	tryPatch(kind: string, name: string, spec: object, annotations: Readonly<Record<string, string>> = {}) {
		return this.plane.patch(kind, `default/${name}`, { metadata: { annotations }, spec });
	}

	delete(kind: string, name: string, force = false): ApiResult {
		return this.plane.delete(kind, `default/${name}`, { force });
	}

	runFor(seconds: number): void {
		const untilUs = this.engine.nowUs + Math.round(seconds * SECOND);
		this.engine.runUntil(untilUs);
		this.engine.nowUs = untilUs;
	}

	app(id: string): App | undefined {
		return this.plane.server.get("App", `default/${id}`) as App | undefined;
	}

	get pods(): readonly Pod[] {
		return [...this.plane.server.list("Pod")] as Pod[];
	}

	#expectDone(result: ApiResult | Refused): void {
		if ("mistakes" in result) throw new Error(result.mistakes.map(({ message }) => message).join("; "));
		if (!result.ok) throw new Error(result.error.message);
	}
}
