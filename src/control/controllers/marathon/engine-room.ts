/**
 * What the parts of Marathon share in memory: which deployment works on which app, how long apps wait, what is known of the health of
 * instances.
 *
 * Divergence from Marathon: it never fails over, so that nothing of this is lost; no status update is, so that nothing need be
 * reconciled with the master.
 */
import type { SimTime } from "../../../engine/time.js";
import type { ApiFront } from "../../control-plane.js";
import type { DeploymentAction } from "../../kinds/marathon/deployment.js";
import { HealthChecks } from "./health-checks.js";
import { LaunchDelays } from "./launch-delays.js";
import { LaunchTokens } from "./launch-tokens.js";
import { type Progress, restarting, scaling, stopping } from "./progress.js";
import type { MarathonRules } from "./rules.js";

interface Active {
	readonly deployment: string;
	readonly action: DeploymentAction;
	readonly progress: Progress;
	done: boolean;
}

export class EngineRoom {
	readonly rules: MarathonRules;
	readonly delays: LaunchDelays;
	readonly tokens = new LaunchTokens();
	readonly health = new HealthChecks();
	/** By id of the app. */
	readonly #active = new Map<string, Active>();
	/** By id of the app and version: since when it is so. */
	readonly #since = new Map<string, SimTime>();
	/** The REST API, for tools that use it; set by it. */
	rest: ApiFront | null = null;
	/** Have an app, or a deployment, looked at; set by those who do. */
	lookAtApp: (id: string) => void = () => {};
	lookAtDeployment: (name: string) => void = () => {};

	constructor(rules: MarathonRules) {
		this.rules = rules;
		this.delays = new LaunchDelays(rules.viableUs);
	}

	/** The action that is done to an app; undefined outside of deployments. */
	progressOf(id: string): Progress | undefined {
		const active = this.#active.get(id);
		return active?.done === false ? active.progress : undefined;
	}

	/** Whether the action is done; begins it if nobody has. */
	isDone(deployment: string, step: number, action: DeploymentAction): boolean {
		if (action.action === "StartApplication") return true;
		const key = `${deployment}/${step}`;
		const active = this.#active.get(action.app);
		if (active?.deployment === key) return active.done;
		const progress = BEGIN[action.action]();
		this.#active.set(action.app, { deployment: key, action, progress, done: false });
		this.lookAtApp(action.app);
		return false;
	}

	/** What was to be done to an app is done. */
	done(id: string): void {
		const active = this.#active.get(id);
		if (active === undefined || active.done) return;
		active.done = true;
		this.lookAtDeployment(active.deployment.slice(0, active.deployment.lastIndexOf("/")));
	}

	/** A deployment is over, or was cancelled. */
	ended(deployment: string): void {
		for (const [id, active] of this.#active)
			if (active.deployment.startsWith(`${deployment}/`)) {
				this.#active.delete(id);
				this.lookAtApp(id);
			}
	}

	/** Since when an app has had a configuration; now for a new one. */
	since(key: string, nowUs: SimTime): SimTime {
		const known = this.#since.get(key) ?? nowUs;
		this.#since.set(key, known);
		return known;
	}
}

const BEGIN = { ScaleApplication: scaling, RestartApplication: restarting, StopApplication: stopping } as const;
