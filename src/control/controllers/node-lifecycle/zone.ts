/**
 * Zones of nodes, and how they fare. Source: pkg/controller/nodelifecycle (ComputeZoneState, ReducedQPSFunc, HealthyQPSFunc) and
 * component-helpers/node/topology.
 */
import type { NodeObject } from "../../kinds/node.js";

/** `initial`: nobody has looked yet. */
export type ZoneState = "initial" | "normal" | "partial-disruption" | "full-disruption";

export interface EvictionRates {
	/** Nodes tainted a second and zone (--node-eviction-rate). */
	readonly normal: number;
	/** In a large zone that is partially disrupted (--secondary-node-eviction-rate). */
	readonly secondary: number;
	/** Share of nodes not ready from which on a zone is partially disrupted (--unhealthy-zone-threshold). */
	readonly unhealthyShare: number;
	/** Zones with more nodes are large (--large-cluster-size-threshold). */
	readonly largeZone: number;
}

/** kube-controller-manager's. */
export const DEFAULT_EVICTION_RATES: EvictionRates = {
	normal: 0.1,
	secondary: 0.01,
	unhealthyShare: 0.55,
	largeZone: 50,
};

/** Nodes with the same key are of one zone; "" for nodes without region and zone. */
export function zoneOf({ metadata: { labels } }: NodeObject): string {
	const region = labels["topology.kubernetes.io/region"] ?? "";
	const zone = labels["topology.kubernetes.io/zone"] ?? "";
	return region === "" && zone === "" ? "" : `${region}:${zone}`;
}

export function zoneState(ready: number, notReady: number, { unhealthyShare }: EvictionRates): ZoneState {
	if (ready === 0 && notReady > 0) return "full-disruption";
	if (notReady > 2 && notReady / (notReady + ready) >= unhealthyShare) return "partial-disruption";
	return "normal";
}

/** Nodes that may be tainted a second in a zone of `size` nodes. Where all zones are fully disrupted none may: see who calls. */
export function taintRate(state: ZoneState, size: number, rates: EvictionRates): number {
	if (state !== "partial-disruption") return rates.normal;
	return size > rates.largeZone ? rates.secondary : 0;
}
