/** Rejections as kubectl users know them: "20 Insufficient cpu, 3 Too many pods", most nodes first, then by reason. */
export function rejectionText(rejections: ReadonlyMap<string, number>): string {
	return [...rejections]
		.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
		.map(([reason, nodes]) => `${nodes} ${reason}`)
		.join(", ");
}

/** Kubernetes' words for a pod that found no node: `0/3 nodes are available: 3 Insufficient cpu.` */
export function unavailable(nodes: number, rejections: string): string {
	return `0/${nodes} nodes are available${rejections === "" ? "" : `: ${rejections}`}.`;
}
