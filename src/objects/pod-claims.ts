/** The persistent volume claims of a pod. */
import type { PodClass } from "./pod-class.js";
import type { Storage, VolumeClaim } from "./storage.js";

export interface PodClaims {
	readonly found: readonly VolumeClaim[];
	/** Names of claims that nobody declared. */
	readonly missing: readonly string[];
}

const NOTHING: PodClaims = { found: [], missing: [] };

/**
 * The claims that a pod names. Where no claims are declared at all, as in a dump of nodes and pods only, nothing is known of
 * them and none is missed.
 */
export function claimsOf({ spec: { facts } }: PodClass, { claims }: Storage): PodClaims {
	const names = (facts.demands?.volumes ?? []).flatMap(({ claim, ephemeral }) =>
		claim === null || ephemeral ? [] : [claim],
	);
	if (names.length === 0 || claims.size === 0) return NOTHING;
	const found: VolumeClaim[] = [];
	const missing: string[] = [];
	for (const name of names) {
		const claim = claims.get(`${facts.namespace}/${name}`);
		if (claim === undefined) missing.push(name);
		else found.push(claim);
	}
	return { found, missing };
}
