/**
 * Blue-green and canary deployments behind marathon-lb. The new app (green) begins with one instance and grows by half of what it has; the
 * load balancer takes as many old instances out as there are more than the target, and once they have no request left they are killed, and
 * the old app (blue) is scaled down by them. When all old ones that are left can go, the old app is deleted. A canary stops at so many new ones.
 * Requests are split by the number of instances.
 *
 * Source: marathon-lb, zdd.py.
 *
 * Divergence from zdd.py: the load balancer never reloads; an old instance is drained after the same time each; nobody is asked whether to go on;
 * where Marathon refuses a write since a deployment is under way, it is tried again at the next step.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import { type Controller, type ControllerContext, type MakeController, patch, type Sync } from "../../controller.js";
import { type App, appKind } from "../../kinds/marathon/app.js";
import type { BlueGreen, BlueGreenStatus } from "../../kinds/marathon/blue-green.js";
import type { MarathonDeployment } from "../../kinds/marathon/deployment.js";
import { absoluteId } from "../../kinds/marathon/path-id.js";
import type { EngineRoom } from "./engine-room.js";

export function blueGreens(room: EngineRoom): MakeController {
	return (context) => new BlueGreens(context, room);
}

/** What is waited for before old instances are killed. */
interface Waiting {
	readonly sinceUs: SimTime;
	/** Since when old ones get no requests; null while there are none such. */
	drainsUs: SimTime | null;
}

class BlueGreens implements Controller {
	readonly name = "zdd";
	readonly workers = 5;
	readonly watches: Controller["watches"] = {
		BlueGreen: ({ key, before, after }) => {
			if (after === null) this.#waiting.delete(key);
			else if (before === null) this.#context.enqueue(key);
		},
	};
	readonly #context: ControllerContext;
	readonly #room: EngineRoom;
	readonly #waiting = new Map<string, Waiting>();

	constructor(context: ControllerContext, room: EngineRoom) {
		this.#context = context;
		this.#room = room;
	}

	*reconcile(key: string): Sync {
		const run = this.#context.seen.get("BlueGreen", key) as BlueGreen | undefined;
		if (run === undefined || run.status.phase === "Done") return;
		const { metadata, spec } = run;
		const [green, blue] = [this.#app(metadata.name), this.#app(spec.replaces)];
		const status = blue === undefined || green === undefined ? this.#begin(run, blue) : this.#step(run, green, blue);
		if (JSON.stringify(status) !== JSON.stringify(run.status)) yield* patch(run, (present) => ({ ...present, status }));
		if (status.phase !== "Done")
			this.#context.enqueueAfter(key, Math.max(1, Math.round(spec.stepDelaySeconds * SECOND)));
	}

	#app(id: string): App | undefined {
		return this.#context.seen.get("App", `default/${absoluteId(id, "/")}`) as App | undefined;
	}

	#begin(run: BlueGreen, blue: App | undefined): BlueGreenStatus {
		const { metadata, spec } = run;
		if (blue === undefined) return this.#fails(run, "NoSuchApp", `App '${spec.replaces}' does not exist`);
		const changed = appKind.spec.safeParse({ ...blue.spec, ...spec.changes, instances: spec.initialInstances });
		if (!changed.success) return this.#fails(run, "AppRefused", changed.error.issues[0]!.message);
		const annotations = { ...blue.metadata.annotations, ...metadata.annotations };
		const made = this.#room.rest!.create({
			kind: "App",
			metadata: { namespace: "default", name: absoluteId(metadata.name, "/"), annotations },
			spec: changed.data,
			status: appKind.status,
		});
		if (!made.ok) return this.#fails(run, "AppRefused", made.error.message);
		const target = spec.targetInstances ?? blue.spec.instances;
		return { phase: "Grows", target, green: spec.initialInstances, blue: blue.spec.instances };
	}

	#fails(run: BlueGreen, reason: string, message: string): BlueGreenStatus {
		this.#context.event(run, "Warning", reason, message);
		return { ...run.status, phase: "Done" };
	}

	/** What zdd.py does after each delay. */
	#step(run: BlueGreen, green: App, blue: App): BlueGreenStatus {
		const key = `default/${run.metadata.name}`;
		const { nowUs } = this.#context.clock;
		const status = { ...run.status, green: green.spec.instances, blue: blue.spec.instances };
		if (this.#isDeployed(green)) return { ...status, phase: "Grows" };
		const waiting = this.#waiting.get(key);
		if (waiting === undefined) {
			this.#waiting.set(key, { sinceUs: nowUs, drainsUs: null });
			return { ...status, phase: "Drains" };
		}
		const out = outOf(green, blue, status.target);
		if (out > 0) waiting.drainsUs ??= nowUs;
		const drained = waiting.drainsUs !== null && nowUs >= waiting.drainsUs + run.spec.drainSeconds * SECOND;
		const overdue = nowUs >= waiting.sinceUs + run.spec.maxWaitSeconds * SECOND;
		if (!drained && !overdue) return { ...status, phase: "Drains" };
		this.#waiting.delete(key);
		return { ...status, ...this.#swap(run.spec.newInstances, status.target, green, blue, out) };
	}

	#isDeployed({ metadata }: App): boolean {
		for (const deployment of this.#context.seen.all("MarathonDeployment").values())
			if (Object.hasOwn((deployment as MarathonDeployment).spec.original, metadata.name)) return true;
		return false;
	}

	/** Kills the old ones that are out, and grows the new app. `canary`: where it stops; null for not before the end. */
	#swap(canary: number | null, target: number, green: App, blue: App, out: number): Omit<BlueGreenStatus, "target"> {
		const [own, old] = [green.spec.instances, blue.spec.instances];
		if (canary !== null && own === canary && old === target - canary) return { phase: "Done", green: own, blue: old };
		if (canary === null && own === target && out === old) {
			const { ok } = this.#room.rest!.delete("App", `default/${blue.metadata.name}`, {});
			return { phase: ok ? "Done" : "Kills", green: own, blue: 0 };
		}
		const left = this.#scale(blue, old - out);
		const most = canary ?? target;
		const grown = Math.floor(own + (own + 1) / 2);
		const next = canary === null && grown >= old ? target : Math.min(grown, most);
		return { phase: "Kills", green: own < most ? this.#scale(green, next) : own, blue: left };
	}

	/** How many the app has been told to have. */
	#scale(app: App, instances: number): number {
		if (instances === app.spec.instances) return instances;
		const changed = { ...app, spec: { ...app.spec, instances } };
		return this.#room.rest!.replace(app, changed).ok ? instances : app.spec.instances;
	}
}

/** Old instances that the load balancer has taken out: as many as serve beyond the target. */
export function outOf(green: App, blue: App, target: number): number {
	const { tasksHealthy } = green.status;
	if (tasksHealthy < green.spec.instances) return 0;
	return Math.max(0, Math.min(blue.spec.instances, tasksHealthy + blue.spec.instances - target));
}
