/**
 * Tells the cell which pods the requests to each Service shall go to, and how HTTPRoutes divide theirs: what kube-proxy and gateways make
 * of EndpointSlices and routes, before they have heard of them. Source: pkg/proxy/topology.go (endpoints that are ready; where there
 * is none, those that serve on their way out), Gateway API `HTTPRoute` (weights).
 *
 * Divergence from Kubernetes: traffic policies, affinity and topology hints are not read; of a route the first rule counts, and matches and
 * filters do not.
 */
import type { Cell } from "../cell/cell.js";
import type { PodId } from "../cell/ids.js";
import type { ApiObject } from "./api-object.js";
import type { ApiChange, ApiServer } from "./api-server.js";
import type { Endpoint, EndpointSlice } from "./kinds/endpoint-slice.js";
import type { HttpRoute } from "./kinds/http-route.js";
import type { PodBridge } from "./pod-bridge.js";

/** By key of the slice. */
type Slices = Map<string, readonly Endpoint[]>;

const NO_PODS: ReadonlyMap<string, PodId> = new Map();

export function serviceBackends(cell: Cell, server: ApiServer, pods: PodBridge): void {
	new ServiceBackends(cell, server, pods);
}

class ServiceBackends {
	readonly #cell: Cell;
	readonly #server: ApiServer;
	readonly #pods: PodBridge;
	/** By key of the Service. */
	readonly #slices = new Map<string, Slices>();
	/** By key of the Service: its pods as told, by their keys. Requests may go to one that is gone. */
	readonly #told = new Map<string, ReadonlyMap<string, PodId>>();

	constructor(cell: Cell, server: ApiServer, pods: PodBridge) {
		this.#cell = cell;
		this.#server = server;
		this.#pods = pods;
		server.watch((change) => {
			if (change.kind === "EndpointSlice") this.#sliceChanged(change);
			else if (change.kind === "HTTPRoute") this.#routeChanged(change);
			else if (change.kind === "Service" && change.after === null) this.#serviceGone(change.key);
		});
	}

	#sliceChanged({ key, before, after }: ApiChange): void {
		const service = serviceOf((after ?? before)!);
		const slices: Slices = this.#slices.get(service) ?? new Map();
		this.#slices.set(service, slices);
		if (after === null) slices.delete(key);
		else slices.set(key, (after as EndpointSlice).spec.endpoints);
		this.#tell(service, [...slices.values()].flat());
	}

	#serviceGone(service: string): void {
		this.#slices.delete(service);
		this.#tell(service, []);
	}

	#tell(service: string, endpoints: readonly Endpoint[]): void {
		const before = this.#told.get(service) ?? NO_PODS;
		const pods = new Map<string, PodId>();
		for (const { pod } of usable(endpoints)) {
			const uid = this.#server.get("Pod", pod)?.metadata.uid;
			const id = (uid === undefined ? undefined : this.#pods.podOf(uid)) ?? before.get(pod);
			if (id !== undefined) pods.set(pod, id);
		}
		this.#told.set(service, pods);
		this.#cell.objects.endpointsChanged(service, [...pods.values()]);
	}

	#routeChanged({ key, after }: ApiChange): void {
		const backends = after === null ? [] : ((after as HttpRoute).spec.rules[0]?.backendRefs ?? []);
		const [namespace] = key.split("/");
		this.#cell.objects.routeChanged(
			key,
			backends.map(({ name, namespace: other, weight }) => ({ service: `${other ?? namespace}/${name}`, weight })),
		);
	}
}

function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
	const ready = endpoints.filter((endpoint) => endpoint.ready);
	return ready.length > 0 ? ready : endpoints.filter(({ serving, terminating }) => serving && terminating);
}

function serviceOf({ metadata: { namespace, labels } }: ApiObject): string {
	return `${namespace}/${labels["kubernetes.io/service-name"]}`;
}
