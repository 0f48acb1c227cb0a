/**
 * The function by which Kubernetes' RequestedToCapacityRatio scores how full a resource would be: piecewise linear, in whole
 * numbers (pkg/scheduler/framework/plugins/noderesources/requested_to_capacity_ratio.go, plugins/helper/shape_score.go).
 */

/** Utilization 0..100, score 0..10. */
export interface ShapePoint {
	readonly utilization: number;
	readonly score: number;
}

/** 0..100 for a resource of which `used` would be in use out of `allocatable`, which is not 0. */
export function shapedShare(shape: readonly ShapePoint[], used: number, allocatable: number): number {
	return valueAt(shape, used > allocatable ? 100 : Math.floor((used * 100) / allocatable));
}

/** Scores times ten; what lies outside gets the nearest point's score. */
function valueAt(shape: readonly ShapePoint[], utilization: number): number {
	for (let i = 0; i < shape.length; i++) {
		const { utilization: x1, score: y1 } = shape[i]!;
		if (utilization > x1) continue;
		if (i === 0) return y1 * 10;
		const { utilization: x0, score: y0 } = shape[i - 1]!;
		return y0 * 10 + Math.trunc(((y1 - y0) * 10 * (utilization - x0)) / (x1 - x0));
	}
	return shape.at(-1)!.score * 10;
}
