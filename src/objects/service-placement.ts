/** What a service of Swarm wants of the nodes of all its tasks together, besides the constraints of each. */
export interface ServicePlacement {
	/** Labels of nodes over whose values tasks are spread, the outermost first. */
	readonly spread: readonly string[];
	/** Tasks of the service that a node may have at most; 0 for any number. */
	readonly maxReplicas: number;
}

/** Of an annotation that `writePlacement` has written. */
export function readPlacement(text: string): ServicePlacement {
	return JSON.parse(text) as ServicePlacement;
}

export function writePlacement(placement: ServicePlacement): string {
	return JSON.stringify(placement);
}
