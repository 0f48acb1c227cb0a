/**
 * What a pod demands beyond amounts, labels of its node and tolerations: the facts that only schedulers of Kubernetes' kind
 * look at. A pod that demands none of it has none of these objects.
 */
import { canonicalJson } from "./canonical-json.js";
import { taggedImage } from "./image-name.js";
import { NO_POD_AFFINITY, type PodAffinity } from "./pod-affinity.js";
import { effectiveRequests, type RequestingPod, type ResourceRequirements } from "./requests.js";
import type { ResourceList } from "./resources.js";
import type { SpreadConstraint } from "./topology-spread.js";
import type { WorkloadRef } from "./workload.js";

/** A port of the node that the pod takes for itself. */
export interface HostPort {
	readonly protocol: string;
	/** `0.0.0.0` takes the port on every address. */
	readonly ip: string;
	readonly port: number;
}

/** The object that made the pod (its owner reference with `controller: true`). */
export interface Controller {
	readonly apiVersion: string;
	readonly kind: string;
	readonly name: string;
}

/** What the pod counts as in scores, where that differs from its requests. */
export interface ScoredRequests {
	/** While it is to be placed (pod-level requests do not count then, a quirk of 1.34). */
	readonly incoming: ResourceList;
	/** Once it has a node; cpu and memory only. */
	readonly placed: ResourceList;
}

/** What a pod may use beyond its requests, as far as load-aware scores look at it. */
export interface LoadDemands {
	/** By container, init containers left out: milli-CPU as written, null where nothing is. */
	readonly cpu: readonly { readonly request: number | null; readonly limit: number | null }[];
	/** milli-CPU. */
	readonly cpuOverhead: number;
	/** Limits of the pod as a whole, where that is more than it requests; cpu and memory only. */
	readonly limits: ResourceList;
}

/** A volume of the pod that a scheduler looks at. */
export interface PodVolume {
	/** Name of the PersistentVolumeClaim in the pod's namespace (of an ephemeral one, without the pod's name in front), or null. */
	readonly claim: string | null;
	/** Whether the claim is made for the pod and goes with it (generic ephemeral volume). */
	readonly ephemeral: boolean;
	/** A disk named in the pod itself. */
	readonly disk: PodDisk | null;
}

/** A disk that pods name themselves, without a claim. Two pods with one `id` on one node get in each other's way. */
export interface PodDisk {
	readonly kind: "gcePersistentDisk" | "awsElasticBlockStore" | "rbd" | "iscsi";
	readonly id: string;
	/** The monitors of an rbd image: it is the same one only if they have one in common. */
	readonly aliases: readonly string[];
	readonly readOnly: boolean;
}

export interface PodDemands {
	readonly podAffinity: PodAffinity;
	readonly podAntiAffinity: PodAffinity;
	readonly spread: readonly SpreadConstraint[];
	readonly hostPorts: readonly HostPort[];
	/** One per container, init containers included, with tag (`:latest` where none is written). */
	readonly images: readonly string[];
	/** `spec.schedulingGates`: while there is one, the pod is not tried. */
	readonly gates: readonly string[];
	/** With whom it is placed; absent if it names no Workload. */
	readonly workload?: WorkloadRef;
	/** False for `preemptionPolicy: Never`. */
	readonly preempts: boolean;
	readonly controller: Controller | null;
	readonly volumes: readonly PodVolume[];
	/** Null if the pod counts in scores as `usualScoredRequests` of its requests. */
	readonly scored: ScoredRequests | null;
	/** Null if it has `usualLoad` of its requests. */
	readonly load: LoadDemands | null;
}

/** What a container without a request of its own counts as in scores: 100m, 200Mi (pkg/scheduler/util/pod_resources.go). */
export const ASSUMED_REQUESTS: ResourceList = { cpu: 100, memory: 200 * 2 ** 20 };

/** What a pod of one container counts as in scores. */
export function usualScoredRequests(requests: ResourceList): ResourceList {
	return { ...ASSUMED_REQUESTS, ...requests };
}

/** What the pod counts as in scores; null when that is `usualScoredRequests(requests)`, as for most pods. */
export function scoredRequestsOf(pod: RequestingPod, requests: ResourceList): ScoredRequests | null {
	const incoming = effectiveRequests(pod, { missing: ASSUMED_REQUESTS, podLevel: false });
	const { cpu = 0, memory = 0 } = effectiveRequests(pod, { missing: ASSUMED_REQUESTS });
	const usual = usualScoredRequests(requests);
	const same =
		usual["cpu"] === cpu &&
		usual["memory"] === memory &&
		Object.keys(usual).every((resource) => usual[resource] === incoming[resource]);
	return same ? null : { incoming, placed: { cpu, memory } };
}

/** The load of a pod of one container without limits. */
export function usualLoad({ cpu, memory = 0 }: ResourceList): LoadDemands {
	return { cpu: [{ request: cpu ?? null, limit: null }], cpuOverhead: 0, limits: { cpu: cpu ?? 0, memory } };
}

/** Null when that is `usualLoad(requests)`. A container without a limit adds nothing to the limits of its pod. */
export function loadDemandsOf(pod: RequestingPod, requests: ResourceList): LoadDemands | null {
	const asRequests = ({ resources }: { readonly resources: ResourceRequirements }) => ({
		resources: { requests: resources.limits, limits: {} },
	});
	const limits = effectiveRequests({
		containers: pod.containers.map(asRequests),
		initContainers: pod.initContainers.map((container) => ({ ...asRequests(container), sidecar: container.sidecar })),
		resources: null,
		overhead: pod.overhead,
	});
	const most = (name: string) => Math.max(limits[name] ?? 0, requests[name] ?? 0);
	const load: LoadDemands = {
		cpu: pod.containers.map(({ resources: { requests: asked, limits: allowed } }) => ({
			request: asked["cpu"] ?? null,
			limit: allowed["cpu"] ?? null,
		})),
		cpuOverhead: pod.overhead["cpu"] ?? 0,
		limits: { cpu: most("cpu"), memory: most("memory") },
	};
	return canonicalJson(load) === canonicalJson(usualLoad(requests)) ? null : load;
}

/** The parts of a pod manifest that demands are made of. */
export interface DemandingPod extends RequestingPod {
	readonly containers: readonly DemandingContainer[];
	readonly initContainers: readonly (DemandingContainer & { readonly sidecar: boolean })[];
	readonly hostNetwork: boolean;
	readonly requests: ResourceList;
	readonly affinity: { readonly podAffinity: PodAffinity | null; readonly podAntiAffinity: PodAffinity | null } | null;
	readonly topologySpreadConstraints: readonly SpreadConstraint[];
	readonly schedulingGates: readonly { readonly name: string }[];
	readonly workloadRef: WorkloadRef | null;
	readonly preemptionPolicy: "Never" | "PreemptLowerPriority";
	readonly volumes: readonly (PodVolume | null)[];
}

interface DemandingContainer {
	readonly resources: ResourceRequirements;
	/** "" if none is written. */
	readonly image: string;
	readonly ports: readonly DeclaredPort[];
}

interface DeclaredPort {
	readonly hostPort: number;
	readonly containerPort: number;
	readonly protocol: string;
	readonly hostIP: string;
}

/** The demands of a pod; undefined if it has none. */
export function demandsOf(pod: DemandingPod, controller: Controller | null): PodDemands | undefined {
	const containers = [...pod.initContainers, ...pod.containers];
	const serving = [...pod.containers, ...pod.initContainers.filter(({ sidecar }) => sidecar)];
	const demands: PodDemands = {
		podAffinity: pod.affinity?.podAffinity ?? NO_POD_AFFINITY,
		podAntiAffinity: pod.affinity?.podAntiAffinity ?? NO_POD_AFFINITY,
		spread: pod.topologySpreadConstraints,
		hostPorts: serving.flatMap(({ ports }) => ports.flatMap((port) => hostPortOf(port, pod.hostNetwork))),
		images: containers.some(({ image }) => image !== "") ? containers.map(({ image }) => taggedImage(image)) : [],
		gates: pod.schedulingGates.map(({ name }) => name),
		...(pod.workloadRef !== null && { workload: pod.workloadRef }),
		preempts: pod.preemptionPolicy !== "Never",
		controller,
		volumes: pod.volumes.filter((volume) => volume !== null),
		scored: scoredRequestsOf(pod, pod.requests),
		load: loadDemandsOf(pod, pod.requests),
	};
	return isNothing(demands) ? undefined : demands;
}

/** With the network of the node, every port is one of the node's. */
function hostPortOf({ hostPort, containerPort, protocol, hostIP }: DeclaredPort, hostNetwork: boolean): HostPort[] {
	const port = hostPort === 0 && hostNetwork ? containerPort : hostPort;
	return port > 0 ? [{ protocol, ip: hostIP === "" ? "0.0.0.0" : hostIP, port }] : [];
}

function isNothing(demands: PodDemands): boolean {
	const { podAffinity, podAntiAffinity, preempts, controller, scored, load, workload, ...lists } = demands;
	return (
		[podAffinity, podAntiAffinity].every(({ required, preferred }) => required.length + preferred.length === 0) &&
		preempts &&
		controller === null &&
		scored === null &&
		load === null &&
		workload === undefined &&
		Object.values(lists).every((list) => list.length === 0)
	);
}
