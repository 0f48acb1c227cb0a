/** What machines use, for those who measure load. */
import type { Cell } from "../../cell/cell.js";
import type { UsageSource } from "../load-watcher.js";

/** The sums over a node's pods now; memory without page cache, as the working set of a kubelet's statistics. */
export function measuredUsage({ usage: { nodes } }: Cell): UsageSource {
	return (node) => ({
		cpuMilli: nodes.usedMilli[node]!,
		memoryBytes: nodes.memoryBytes[node]! - nodes.cacheBytes[node]!,
	});
}
