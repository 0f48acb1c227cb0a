/**
 * Empties namespaces that were deleted, pods first, and lets them go. Source: pkg/controller/namespace (namespace_controller.go,
 * deletion/namespaced_resources_deleter.go), with OrderedNamespaceDeletion.
 *
 * Divergence from Kubernetes: what is in a namespace is what the informers have seen, and need not be asked for; a namespace needs no
 * object to have others in it.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { ApiObject } from "../api-object.js";
import type { Admission, ApiChange, ApiResult, ApiServer } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	deleteAll,
	get,
	type MakeController,
	patch,
	type Step,
	type Sync,
} from "../controller.js";
import { builtInKinds } from "../kinds/index.js";
import type { AnyKind } from "../kinds/kind.js";
import { NAMESPACE_FINALIZER, type Namespace } from "../kinds/namespace.js";
import type { Pod } from "../pod.js";
import { UNDECLARED } from "./garbage-collector.js";

/** From a change of a namespace that was deleted until it is worked on. */
const SETTLE_US = 5 * SECOND;
/** How long whatever has finalizers may take to go. */
const FINALIZERS_US = 15 * SECOND;
/** Of a pod that does not say how long it may take to go. */
const GRACE_SECONDS = 30;

/** `kinds`: besides those that nobody declares. */
export function namespaceControllerFor(kinds: readonly AnyKind[]): MakeController {
	return (context) => new NamespaceController(context, kinds);
}

export const namespaceController: MakeController = namespaceControllerFor(builtInKinds);

/** Nothing is created in a namespace that was deleted (admission plugin NamespaceLifecycle). */
export function namespaceLifecycle(server: ApiServer): Admission {
	return (draft) => {
		const { namespace, name } = draft.metadata;
		const there = namespace === "" ? undefined : server.get("Namespace", `/${namespace}`);
		if (there === undefined || there.metadata.deletedUs === null) return draft;
		const what = `${draft.kind.toLowerCase()}s "${name}" is forbidden`;
		const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
		return { code: 403, message: `${what}: ${why}` };
	};
}

class NamespaceController implements Controller {
	readonly name = "namespace-controller";
	readonly workers = 10;
	readonly client = { qps: 20, burst: 100 };
	readonly watches: Controller["watches"] = { Namespace: (change) => this.#changed(change) };
	readonly #context: ControllerContext;
	/** All but pods. */
	readonly #kinds: readonly string[];

	constructor(context: ControllerContext, kinds: readonly AnyKind[]) {
		this.#context = context;
		const declared = kinds.filter(({ namespaced }) => namespaced).map(({ kind }) => kind);
		this.#kinds = [...new Set([...declared, ...UNDECLARED])].filter((kind) => kind !== "Pod");
	}

	#changed({ key, after }: ApiChange): void {
		if (after !== null && after.metadata.deletedUs !== null) this.#context.enqueueAfter(key, SETTLE_US);
	}

	*reconcile(key: string): Sync {
		const found = yield* get("Namespace", key);
		if (!found.ok || found.object.metadata.deletedUs === null) return;
		const namespace = found.object as Namespace;
		const takesUs = yield* this.#empty(namespace);
		if (takesUs > 0) this.#context.enqueueAfter(key, takesUs / 2 + SECOND);
		else yield* patch(namespace, finished);
	}

	/** Deletes what is there; how long the rest may take to go, 0 if nothing is left. */
	*#empty(namespace: Namespace): Generator<Step, SimTime, readonly ApiResult[]> {
		const { name } = namespace.metadata;
		const pods = this.#in(name, "Pod") as readonly Pod[];
		if (pods.length > 0) {
			yield* deleteAll("Pod", name);
			yield* this.#note(namespace, `Some resources are remaining: pods. has ${pods.length} resource instances`);
			return Math.max(...pods.map(graceUsOf));
		}
		for (const kind of this.#kinds) if (this.#in(name, kind).length > 0) yield* deleteAll(kind, name);
		const left = this.#kinds.filter((kind) => this.#in(name, kind).length > 0);
		if (left.length === 0) return 0;
		yield* this.#note(namespace, `Some resources are remaining: ${left.join(", ")}`);
		return FINALIZERS_US;
	}

	#in(name: string, kind: string): readonly ApiObject[] {
		return [...this.#context.seen.all(kind).values()].filter(({ metadata }) => metadata.namespace === name);
	}

	*#note(namespace: Namespace, remaining: string): Generator<Step, void, readonly ApiResult[]> {
		if (namespace.status.remaining === remaining) return;
		yield* patch(namespace, (present) => ({ ...present, status: { ...present.status, remaining } }));
	}
}

function graceUsOf({ spec }: Pod): SimTime {
	return Number(spec.template.spec["terminationGracePeriodSeconds"] ?? GRACE_SECONDS) * SECOND;
}

function finished(namespace: Namespace): Namespace {
	const { metadata } = namespace;
	return {
		...namespace,
		metadata: { ...metadata, finalizers: metadata.finalizers.filter((other) => other !== NAMESPACE_FINALIZER) },
	};
}
