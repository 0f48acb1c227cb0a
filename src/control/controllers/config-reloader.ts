/**
 * Rolls out Deployments, StatefulSets and DaemonSets anew when a ConfigMap or a Secret that they use has changed, if they ask for it.
 *
 * Kubernetes itself does not: a running pod keeps the environment that it started with, and files of a mounted ConfigMap are replaced in
 * place when its kubelet syncs (a minute or so later), without a restart. Users therefore put a checksum of the data into the template, as
 * Helm charts do, or have a controller do it; this one obeys the annotations of Stakater's Reloader:
 *
 *     reloader.stakater.com/auto: "true"                        whatever the template names
 *     configmap.reloader.stakater.com/reload: "settings,more"   these ConfigMaps
 *     secret.reloader.stakater.com/reload: "keys"               these Secrets
 *
 * It writes a checksum of the data into the annotations of the template, and the workload's own controller does the rest.
 *
 * Divergence from Reloader: deleted and new ConfigMaps change nothing; what pods read is not simulated, so files that change in place have no effect.
 */
import { canonicalJson } from "../../objects/canonical-json.js";
import type { ApiObject } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	granted,
	type MakeController,
	patch,
	type Sync,
} from "../controller.js";
import { hashOf } from "../kinds/pod-template.js";
import type { PodTemplate } from "../pod.js";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];
const AUTO = "reloader.stakater.com/auto";
const LISTS: Readonly<Record<string, string>> = {
	ConfigMap: "configmap.reloader.stakater.com/reload",
	Secret: "secret.reloader.stakater.com/reload",
};
/** The annotation of the template; what changed last is in it. */
const LAST = "reloader.stakater.com/last-reloaded-from";

type Workload = ApiObject<{ readonly template: PodTemplate }>;

export const configReloader: MakeController = (context) => new ConfigReloader(context);

/** Its keys: `ConfigMap default/settings`. */
class ConfigReloader implements Controller {
	readonly name = "reloader";
	readonly workers = 1;
	readonly watches: Controller["watches"] = {
		ConfigMap: (change) => this.#changed(change),
		Secret: (change) => this.#changed(change),
	};
	readonly #context: ControllerContext;

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#changed({ kind, key, before, after }: ApiChange): void {
		if (before === null || after === null || canonicalJson(before.spec) === canonicalJson(after.spec)) return;
		this.#context.enqueue(`${kind} ${key}`);
	}

	*reconcile(key: string): Sync {
		const [kind, name] = key.split(" ") as [string, string];
		const config = this.#context.seen.get(kind, name);
		if (config === undefined) return;
		const from = `${kind}/${config.metadata.name}:${hashOf({ spec: config.spec as PodTemplate["spec"] })}`;
		const users = WORKLOADS.flatMap((workload) => [...this.#context.seen.all(workload).values()] as Workload[]);
		for (const user of users) {
			if (user.metadata.namespace !== config.metadata.namespace || !wants(user, config)) continue;
			const done = yield* patch(user, (present) => withAnnotation(present, from));
			if (!done.ok && done.error.code === 404) continue;
			granted(done);
			const message = `Changes detected in '${config.metadata.name}' of type '${kind}'`;
			this.#context.event(user, "Normal", "Reloaded", message);
		}
	}
}

function wants({ metadata: { annotations }, spec }: Workload, { kind, metadata: { name } }: ApiObject): boolean {
	const listed = (annotations[LISTS[kind]!] ?? "").split(",").map((text) => text.trim());
	if (listed.includes(name)) return true;
	return annotations[AUTO] === "true" && names(spec.template, kind, name);
}

/** The fields in which pod specs name them. */
const REFERENCES: Readonly<Record<string, readonly string[]>> = {
	ConfigMap: ["configMap", "configMapRef", "configMapKeyRef"],
	Secret: ["secret", "secretRef", "secretKeyRef"],
};

/** Whether volumes or the environment of the template name it. */
function names({ spec }: PodTemplate, kind: string, name: string): boolean {
	const found = (value: unknown): boolean => {
		if (Array.isArray(value)) return value.some(found);
		if (typeof value !== "object" || value === null) return false;
		return Object.entries(value).some(([field, part]) => {
			const { name: named, secretName } = (part ?? {}) as { readonly name?: string; readonly secretName?: string };
			return (REFERENCES[kind]!.includes(field) && (named ?? secretName) === name) || found(part);
		});
	};
	return found(spec["volumes"]) || found(spec["containers"]) || found(spec["initContainers"]);
}

function withAnnotation(workload: Workload, from: string): Workload {
	const { template } = workload.spec;
	if (template.metadata?.annotations?.[LAST] === from) return workload;
	const annotations = { ...template.metadata?.annotations, [LAST]: from };
	const changed = { ...template, metadata: { ...template.metadata, annotations } };
	return { ...workload, spec: { ...workload.spec, template: changed } };
}
