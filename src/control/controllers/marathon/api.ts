/**
 * Marathon's REST API: what users write is checked and becomes a deployment. An app is worked on by one deployment at a time: a second one is refused,
 * unless it is forced, which cancels the first. Deleting a deployment reverts it by another one; deleting it by force only ends it.
 *
 * Source: docs/deployments.md, deployments.raml, GroupManager.scala, DeploymentPlanReverter.scala.
 *
 * Divergence from Marathon: deployments are called `deployment-1` and so on, and the one that works on an app may be deleted under the app's id.
 * A group is only a way to write apps: it is not kept.
 */
import { canonicalJson } from "../../../objects/canonical-json.js";
import { type ApiObject, type Draft, keyOf } from "../../api-object.js";
import type { ApiError, ApiResult, ApiServer, DeleteOptions } from "../../api-server.js";
import type { ApiFront } from "../../control-plane.js";
import { type App, type AppSpec, appKind, behaviourOf, constraintsOf, FORCE } from "../../kinds/marathon/app.js";
import type { DeploymentSpec, MarathonDeployment, OriginalApp } from "../../kinds/marathon/deployment.js";
import type { GroupSpec } from "../../kinds/marathon/group.js";
import { absoluteId, problemOfId } from "../../kinds/marathon/path-id.js";
import type { EngineRoom } from "./engine-room.js";
import { type AppChange, cycleIn, specsOf, stepsOf } from "./plan.js";
import type { MarathonRules } from "./rules.js";

/** What an app is to be; null for no more. */
interface Wanted {
	readonly spec: AppSpec | null;
	readonly annotations?: ApiObject["metadata"]["annotations"];
}

/** `next`: takes what is not Marathon's; default the store. */
export function marathonApi(room: EngineRoom, next?: (server: ApiServer) => ApiFront): (server: ApiServer) => ApiFront {
	return (server) => {
		const api = new MarathonApi(server, room.rules, next?.(server));
		room.rest = api;
		return api;
	};
}

class MarathonApi implements ApiFront {
	readonly #server: ApiServer;
	readonly #rules: MarathonRules;
	/** Takes what is not Marathon's. */
	readonly #next: ApiFront | undefined;
	/** Of each app that there ever was, its last version. */
	readonly #versions = new Map<string, number>();
	#deployments = 0;

	constructor(server: ApiServer, rules: MarathonRules, next: ApiFront | undefined) {
		this.#server = server;
		this.#rules = rules;
		this.#next = next;
	}

	create(draft: Draft): ApiResult {
		const { kind, metadata, spec } = draft;
		const { force, annotations } = forced(metadata.annotations ?? {});
		if (kind !== "App" && kind !== "Group") return this.#next?.create(draft) ?? this.#server.create(draft);
		const id = absoluteId(metadata.name, "/");
		const problem = problemOfId(metadata.name);
		if (problem !== null) return refused(422, `${kind} ${metadata.name}: ${problem}`);
		if (kind === "App") {
			if (this.#app(id) !== undefined) return refused(409, `An app with id [${id}] already exists.`);
			return this.#deploy(new Map([[id, { spec: spec as AppSpec, annotations }]]), force, id);
		}
		const base = id === "/" ? "" : id;
		const apps = Object.entries((spec as GroupSpec).apps);
		return this.#deploy(
			new Map(apps.map(([name, app]) => [base + name, { spec: app, annotations }])),
			force,
			base + apps[0]?.[0],
		);
	}

	replace(present: ApiObject, changed: ApiObject): ApiResult {
		if (present.kind !== "App") return this.#next?.replace(present, changed) ?? straight(this.#server, changed);
		const { force, annotations } = forced(changed.metadata.annotations);
		const wanted: Wanted = { spec: (changed as App).spec, annotations };
		return this.#deploy(new Map([[present.metadata.name, wanted]]), force, present.metadata.name);
	}

	delete(kind: string, key: string, options: DeleteOptions): ApiResult {
		const name = key.slice(key.indexOf("/") + 1);
		if (kind === "MarathonDeployment") return this.#revert(name, options.force === true);
		if (kind !== "App") return this.#next?.delete(kind, key, options) ?? this.#server.delete(kind, key, options);
		const id = absoluteId(name, "/");
		const app = this.#app(id);
		if (app === undefined) return refused(404, `App '${id}' does not exist`);
		const result = this.#deploy(new Map([[id, { spec: null }]]), options.force === true, id);
		return result.ok ? { ok: true, object: app } : result;
	}

	#app(id: string): App | undefined {
		return this.#server.get("App", `default/${id}`) as App | undefined;
	}

	/** `about`: the app that the answer is. */
	#deploy(wanted: ReadonlyMap<string, Wanted>, force: boolean, about: string): ApiResult {
		const target = specsOf(this.#server.list("App") as Iterable<App>);
		const changes = new Map<string, AppChange>();
		const original: Record<string, OriginalApp | null> = {};
		for (const [id, { spec, annotations }] of wanted) {
			const present = this.#app(id);
			if (spec === null) target.delete(id);
			else target.set(id, spec);
			const change = changeOf(present, spec, annotations);
			if (change === null) continue;
			changes.set(id, change);
			original[id] = present === undefined ? null : { spec: present.spec, annotations: present.metadata.annotations };
		}
		const error = this.#problemOf(wanted, target) ?? (force ? null : this.#locked(changes));
		if (error !== null) return { ok: false, error };
		for (const { kind, metadata } of this.#affecting(changes)) this.#server.delete(kind, keyOf({ metadata }));
		for (const [id, given] of wanted) this.#store(id, given, changes.get(id) ?? null);
		if (changes.size > 0) this.#begin({ steps: stepsOf(changes, target), original });
		const object = this.#app(about);
		return object === undefined ? { ok: true, object: {} as ApiObject } : { ok: true, object };
	}

	#problemOf(wanted: ReadonlyMap<string, Wanted>, target: ReadonlyMap<string, AppSpec>): ApiError | null {
		for (const [id, { spec }] of wanted)
			for (const { operator } of spec === null ? [] : constraintsOf(spec))
				if (!this.#rules.operators.includes(operator))
					return {
						code: 422,
						message: `App ${id}: constraints: Marathon ${this.#rules.version} knows no operator ${operator}: it must be one of ${this.#rules.operators.join(", ")}`,
					};
		const cycle = cycleIn(target);
		if (cycle === null) return null;
		return { code: 422, message: `Dependency graph has cyclic dependencies: ${cycle.join(" -> ")}` };
	}

	#affecting(changes: ReadonlyMap<string, AppChange>): readonly MarathonDeployment[] {
		const deployments = [...this.#server.list("MarathonDeployment")] as MarathonDeployment[];
		return deployments.filter(({ spec }) => Object.keys(spec.original).some((id) => changes.has(id)));
	}

	#locked(changes: ReadonlyMap<string, AppChange>): ApiError | null {
		const locking = this.#affecting(changes);
		if (locking.length === 0) return null;
		const names = locking.map(({ metadata }) => metadata.name).join(", ");
		return {
			code: 409,
			message: `App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>': ${names}`,
		};
	}

	#store(id: string, { spec, annotations }: Wanted, change: AppChange | null): void {
		const present = this.#app(id);
		if (spec === null) {
			this.#server.delete("App", `default/${id}`);
			return;
		}
		const version = (this.#versions.get(id) ?? 0) + (change === "new" || change === "changed" ? 1 : 0);
		this.#versions.set(id, version);
		if (present === undefined) {
			const metadata = { namespace: "default", name: id, annotations: annotations ?? {} };
			this.#server.create({ kind: "App", metadata, spec, status: { ...appKind.status, version } });
			return;
		}
		const metadata = { ...present.metadata, annotations: annotations ?? present.metadata.annotations };
		this.#server.patch("App", keyOf(present), () => ({
			...present,
			metadata,
			spec,
			status: { ...present.status, version },
		}));
	}

	#begin(spec: DeploymentSpec): void {
		const metadata = { namespace: "default", name: `deployment-${++this.#deployments}` };
		this.#server.create({ kind: "MarathonDeployment", metadata, spec, status: { done: 0 } });
	}

	/** Ends a deployment; unless by force, its apps become again what they were. */
	#revert(name: string, cancelOnly: boolean): ApiResult {
		const all = [...this.#server.list("MarathonDeployment")] as MarathonDeployment[];
		const found = all.find(({ metadata, spec }) => metadata.name === name || Object.hasOwn(spec.original, name));
		if (found === undefined) return refused(404, `Deployment '${name}' does not exist`);
		if (cancelOnly) return this.#server.delete(found.kind, keyOf(found));
		const before = Object.entries(found.spec.original).map(([id, app]): [string, Wanted] => [
			id,
			app ?? { spec: null },
		]);
		this.#server.delete(found.kind, keyOf(found));
		const result = this.#deploy(new Map(before), true, before[0]![0]);
		return result.ok ? { ok: true, object: found } : result;
	}
}

/** Null for none. */
function changeOf(
	present: App | undefined,
	spec: AppSpec | null,
	annotations: Wanted["annotations"],
): AppChange | null {
	if (present === undefined) return spec === null ? null : "new";
	if (spec === null) return "gone";
	const rest = (of: AppSpec, notes: ApiObject["metadata"]["annotations"]) =>
		canonicalJson({ ...of, instances: 0, behaviour: behaviourOf(notes) });
	const before = present.metadata.annotations;
	if (rest(spec, annotations ?? before) !== rest(present.spec, before)) return "changed";
	return spec.instances === present.spec.instances ? null : "scaled";
}

function forced(annotations: ApiObject["metadata"]["annotations"]) {
	const { [FORCE]: force, ...others } = annotations;
	return { force: force === "true", annotations: others };
}

function straight(server: ApiServer, changed: ApiObject): ApiResult {
	return server.patch(changed.kind, keyOf(changed), () => changed);
}

function refused(code: ApiError["code"], message: string): ApiResult {
	return { ok: false, error: { code, message } };
}
