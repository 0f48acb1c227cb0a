/** Small trees of CPU groups for tests, and random ones for properties. */
import fc from "fast-check";
import type { CpuGrant, CpuGroup, CpuQuota, CpuThreads } from "../../src/node/cgroup/cpu-tree.js";

export function threads(count: number, demand = 1, cpus: readonly number[] | null = null): CpuThreads {
	return { count, demand, cpus };
}

export function quota(quotaUs: number, periodUs = 100_000, burstUs = 0): CpuQuota {
	return { quotaUs, periodUs, burstUs };
}

export function group(name: string, weight: number, parts: Partial<CpuGroup> = {}): CpuGroup {
	return { name, weight, quota: null, children: [], threads: [], ...parts };
}

export function everyGrant(grant: CpuGrant): CpuGrant[] {
	return [grant, ...grant.children.flatMap(everyGrant)];
}

const quotas = fc.option(
	fc.integer({ min: 1, max: 30 }).map((tenths) => quota(tenths * 10_000)),
	{ freq: 2, nil: null },
);

export interface TreeOptions {
	readonly levels?: number;
	/** What threads may be tied to; without it none is. */
	readonly cpus?: readonly number[];
}

/** Trees of up to four children a group; groups are named by their path. */
export function cpuTrees({ levels = 4, cpus = [] }: TreeOptions = {}): fc.Arbitrary<CpuGroup> {
	const ties =
		cpus.length === 0 ? fc.constant(null) : fc.option(fc.subarray([...cpus], { minLength: 1 }), { nil: null });
	const ownThreads = fc.array(
		fc
			.record({ count: fc.integer({ min: 1, max: 4 }), tenths: fc.integer({ min: 0, max: 10 }), cpus: ties })
			.map(({ count, tenths, cpus }) => threads(count, tenths / 10, cpus)),
		{ maxLength: 2 },
	);
	const tree = (levels: number): fc.Arbitrary<CpuGroup> =>
		fc
			.record({
				weight: fc.integer({ min: 2, max: 4096 }),
				quota: quotas,
				threads: ownThreads,
				children: levels === 1 ? fc.constant([]) : fc.array(tree(levels - 1), { maxLength: 4 }),
			})
			.map((parts) => ({ name: "", ...parts }));
	return tree(levels).map((root) => named(root, "root"));
}

function named(root: CpuGroup, name: string): CpuGroup {
	return { ...root, name, children: root.children.map((child, i) => named(child, `${name}/${i}`)) };
}
