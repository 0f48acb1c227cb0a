/**
 * Node allocatable: what a node offers to pods of what it has.
 *
 * Source: Kubernetes "Reserve Compute Resources for System Daemons", pkg/kubelet/cm/node_container_manager_linux.go.
 */
import { InputError } from "../../objects/input-error.js";
import { formatQuantity } from "../../objects/quantity.js";
import type { ResourceList } from "../../objects/resources.js";
import { amountOf, type EvictionSignal, type Threshold } from "./thresholds.js";

/** What is kept from pods. Canonical units; absent is nothing. */
export interface Reservations {
	readonly kubeReserved: ResourceList;
	readonly systemReserved: ResourceList;
	/** The hard ones among them keep their amount free; others count for nothing here. */
	readonly thresholds: readonly Threshold[];
}

const RESERVING: readonly (readonly [EvictionSignal, string])[] = [
	["memory.available", "memory"],
	["nodefs.available", "ephemeral-storage"],
];

/**
 * By resource of the capacity: capacity - kube-reserved - system-reserved - hard eviction threshold (memory and
 * ephemeral-storage); huge pages, which were set aside at boot, come off memory too, down to 0. InputError if more is
 * reserved than there is.
 */
export function allocatable(capacity: ResourceList, reservations: Reservations): ResourceList {
	const left: Record<string, number> = {};
	for (const [resource, amount] of Object.entries(capacity)) {
		const reserved = reservedOf(resource, amount, reservations);
		if (reserved > amount) throw tooMuch(resource, amount, reserved);
		left[resource] = amount - reserved;
	}
	for (const [resource, amount] of Object.entries(left)) {
		if (resource.startsWith("hugepages-")) left["memory"] = Math.max(0, (left["memory"] ?? 0) - amount);
	}
	return left;
}

/** What all pods together may use before the kernel steps in: the limit of the cgroup `kubepods`, without eviction thresholds. */
export function kubepodsLimit(capacity: ResourceList, reservations: Reservations): ResourceList {
	return allocatable(capacity, { ...reservations, thresholds: [] });
}

function reservedOf(resource: string, amount: number, reservations: Reservations): number {
	const { kubeReserved, systemReserved, thresholds } = reservations;
	let reserved = (kubeReserved[resource] ?? 0) + (systemReserved[resource] ?? 0);
	for (const [signal, of] of RESERVING) {
		const hard = thresholds.find((threshold) => threshold.signal === signal && threshold.graceUs === 0);
		if (of === resource && hard) reserved += amountOf(hard.value, amount);
	}
	return reserved;
}

function tooMuch(resource: string, capacity: number, reserved: number): InputError {
	const [has, keeps] = [formatQuantity(capacity, resource), formatQuantity(reserved, resource)];
	return new InputError(
		`the node has ${has} of ${resource}, but kube-reserved, system-reserved and the hard eviction threshold keep ${keeps}: reserve less`,
	);
}
