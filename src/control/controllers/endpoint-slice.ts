/**
 * Writes for each Service which pods serve it. Source: pkg/controller/endpointslice, staging/src/k8s.io/endpointslice (reconciler.go).
 *
 * Divergence from Kubernetes: one address family and one set of ports a Service; no topology hints; a pod has an address as soon as it
 * runs; the second write to the same slice never meets a stale cache, since answers and watches arrive together.
 */
import { SECOND } from "../../engine/time.js";
import { type Draft, keyOf, ownerReferenceTo } from "../api-object.js";
import type { ApiChange } from "../api-server.js";
import {
	type Controller,
	type ControllerContext,
	create,
	granted,
	type MakeController,
	remove,
	type Sync,
	SyncFailed,
	update,
} from "../controller.js";
import type { Endpoint, EndpointSlice } from "../kinds/endpoint-slice.js";
import { nodeKey } from "../kinds/node.js";
import type { Service } from "../kinds/service.js";
import { isTerminal, type Pod } from "../pod.js";
import type { QueueRates } from "../work-queue.js";
import { ServiceSelectors } from "./service-selectors.js";

/** --max-endpoints-per-slice of kube-controller-manager. */
const MOST_IN_SLICE = 100;

export const endpointSliceController: MakeController = (context) => new EndpointSliceController(context);

class EndpointSliceController implements Controller {
	readonly name = "endpointslice-controller";
	readonly workers = 5;
	readonly rates: QueueRates = { baseUs: SECOND, maxUs: 1_000 * SECOND, overall: { qps: 10, burst: 100 } };
	readonly watches: Controller["watches"] = {
		Service: (change) => {
			this.#selectors.changed(change);
			this.#context.enqueue(change.key);
		},
		Pod: (change) => this.#podChanged(change),
	};
	readonly #context: ControllerContext;
	readonly #selectors = new ServiceSelectors();

	constructor(context: ControllerContext) {
		this.#context = context;
	}

	#podChanged({ before, after }: ApiChange): void {
		const [was, is] = [before as Pod | null, after as Pod | null];
		if (was !== null && is !== null && looksTheSame(was, is)) return;
		for (const key of this.#selectors.selecting(was, is)) this.#context.enqueue(key);
	}

	/** By pod; a pod whose node is gone is left out, and the Service looked at again. */
	#wanted(service: Service): { readonly wanted: Map<string, Endpoint>; readonly skipped: readonly string[] } {
		const wanted = new Map<string, Endpoint>();
		const skipped: string[] = [];
		const { namespace } = service.metadata;
		for (const object of this.#context.seen.having("Pod", namespace, service.spec.selector)) {
			const pod = object as Pod;
			const key = keyOf(pod);
			if (!isServable(pod)) continue;
			const { nodeName } = pod.spec;
			if (this.#context.seen.get("Node", nodeKey(nodeName)) !== undefined)
				wanted.set(key, endpointOf(key, pod, service));
			else skipped.push(`skipping Pod ${pod.metadata.name} for Service ${keyOf(service)}: Node ${nodeName} Not Found`);
		}
		return { wanted, skipped };
	}

	#draft(service: Service, endpoints: readonly Endpoint[]): Draft {
		const { namespace, name } = service.metadata;
		const metadata = {
			namespace,
			name: `${name}-${this.#context.nameSuffix()}`,
			labels: { "kubernetes.io/service-name": name },
			owner: ownerReferenceTo(service),
		};
		return { kind: "EndpointSlice", metadata, spec: { endpoints }, status: null };
	}

	*reconcile(key: string): Sync {
		const service = this.#context.seen.get("Service", key) as Service | undefined;
		// The slices of a Service that is gone are collected with it.
		if (service === undefined || service.metadata.deletedUs !== null) return;
		if (Object.keys(service.spec.selector).length === 0) return;
		const slices = [...this.#context.seen.owned("EndpointSlice", service.metadata.uid).values()] as EndpointSlice[];
		const { wanted, skipped } = this.#wanted(service);
		const { made, changed, emptied } = arrange(slices, wanted);
		const drafts = made.length === 0 && slices.length === emptied.length ? [[]] : made;
		// One that would be taken away becomes the one that would be made.
		const reused = emptied.slice(0, drafts.length);
		for (const endpoints of drafts.slice(reused.length)) granted(yield* create(this.#draft(service, endpoints)));
		for (const [i, slice] of reused.entries())
			if (drafts[i]!.length > 0 || slice.spec.endpoints.length > 0)
				granted(yield* update({ ...slice, spec: { endpoints: drafts[i]! } }));
		for (const [slice, endpoints] of changed) granted(yield* update({ ...slice, spec: { endpoints } }));
		for (const slice of emptied.slice(reused.length)) yield* remove("EndpointSlice", keyOf(slice));
		if (skipped.length === 0) return;
		const errors = skipped.length === 1 ? skipped[0]! : `[${skipped.join(", ")}]`;
		const message = `Error updating Endpoint Slices for Service ${key}: ${errors}`;
		this.#context.event(service, "Warning", "FailedToUpdateEndpointSlices", message);
		throw new SyncFailed(message);
	}
}

export interface Arrangement {
	/** Slices to be made. */
	readonly made: readonly (readonly Endpoint[])[];
	readonly changed: ReadonlyMap<EndpointSlice, readonly Endpoint[]>;
	/** Slices that nobody is left in. */
	readonly emptied: readonly EndpointSlice[];
}

/**
 * Spreads endpoints over slices with as few writes as can be: those that are there stay where they are; new ones go to slices that change
 * anyway, the fullest first, then all to one other slice that has room, then to new ones. `wanted`, by pod, is used up.
 */
export function arrange(slices: readonly EndpointSlice[], wanted: Map<string, Endpoint>): Arrangement {
	const changed = new Map<EndpointSlice, Endpoint[]>();
	const emptied: EndpointSlice[] = [];
	for (const slice of slices) {
		const kept = slice.spec.endpoints.flatMap(({ pod }) => wanted.get(pod) ?? []);
		for (const { pod } of kept) wanted.delete(pod);
		if (kept.length === 0) emptied.push(slice);
		else if (!sameEndpoints(kept, slice.spec.endpoints)) changed.set(slice, kept);
	}
	const rest = [...wanted.values()];
	const fullestFirst = [...changed.values()].sort((a, b) => b.length - a.length);
	for (const endpoints of fullestFirst) endpoints.push(...rest.splice(0, MOST_IN_SLICE - endpoints.length));
	if (rest.length > 0 && rest.length < MOST_IN_SLICE) {
		const roomy = slices.filter(
			(slice) =>
				!changed.has(slice) && !emptied.includes(slice) && slice.spec.endpoints.length + rest.length <= MOST_IN_SLICE,
		);
		const [fullest] = roomy.sort((a, b) => b.spec.endpoints.length - a.spec.endpoints.length);
		if (fullest !== undefined) changed.set(fullest, [...fullest.spec.endpoints, ...rest.splice(0)]);
	}
	const made: Endpoint[][] = [];
	while (rest.length > 0) made.push(rest.splice(0, MOST_IN_SLICE));
	return { made, changed, emptied };
}

function sameEndpoints(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
	return a.length === b.length && a.every((endpoint, i) => sameEndpoint(endpoint, b[i]!));
}

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
	return a.pod === b.pod && a.ready === b.ready && a.serving === b.serving && a.terminating === b.terminating;
}

/** Whether it has an address and has not ended. */
function isServable({ status: { phase } }: Pod): boolean {
	return phase !== "Pending" && !isTerminal(phase);
}

function endpointOf(key: string, { metadata, status }: Pod, { spec }: Service): Endpoint {
	const terminating = metadata.deletedUs !== null;
	const serving = status.ready || spec.publishNotReadyAddresses;
	return { pod: key, ready: serving && !terminating, serving, terminating };
}

function looksTheSame(a: Pod, b: Pod): boolean {
	return (
		a.metadata.labels === b.metadata.labels &&
		a.metadata.deletedUs === b.metadata.deletedUs &&
		a.status.ready === b.status.ready &&
		a.status.phase === b.status.phase
	);
}
