/**
 * The course of one pod's requests while nothing about it changes: a fluid that comes in at a constant rate and goes out by the pod's law,
 *
 *     dN/dt = rate - busy(N) / work,   0 <= N <= most
 *
 * with N requests in the pod, `work` CPU seconds for each. The law is straight between its knots, so that each piece of the way is an
 * exponential, exact whatever its length. What comes while the pod is full overflows.
 */
import { type ServiceLaw, segmentOf } from "./service-law.js";

/** A piece of the way. */
export interface Piece {
	/** Requests that went out. */
	completed: number;
	/** Mean time that they had been in the pod, seconds: by Little's law, the requests inside times the time over those that went out. */
	responseS: number;
}

export interface Flow {
	/** Requests in the pod at the end. */
	inside: number;
	/** Requests that found it full. */
	overflow: number;
}

/** Below this share of what comes and goes a pod is in equilibrium: rounding. */
const STILL = 1e-12;

/** Lets `seconds` pass. `visit` is shown each piece of the way, in an object that is used again. */
export function flow(
	law: ServiceLaw,
	{ inside, perSecond, workS }: { readonly inside: number; readonly perSecond: number; readonly workS: number },
	seconds: number,
	visit: (piece: Piece) => void,
): Flow {
	const { requests, busyCpus } = law;
	const most = requests[requests.length - 1]!;
	const piece: Piece = { completed: 0, responseS: 0 };
	const show = (completed: number, area: number) => {
		if (completed <= 0) return;
		piece.completed = completed;
		piece.responseS = area / completed;
		visit(piece);
	};
	let now = Math.min(inside, most);
	let left = seconds;
	let i = segmentOf(requests, now);
	while (left > 0) {
		const slope = (busyCpus[i + 1]! - busyCpus[i]!) / (requests[i + 1]! - requests[i]!) / workS;
		const out = busyCpus[i]! / workS + slope * (now - requests[i]!);
		const speed = perSecond - out;
		const still = Math.abs(speed) <= STILL * (perSecond + out);
		if (still || (now >= most && speed > 0)) {
			show((still ? perSecond : out) * left, now * left);
			return { inside: now, overflow: still ? 0 : speed * left };
		}
		const end = speed > 0 ? requests[i + 1]! : requests[i]!;
		if (end === now) {
			i += speed > 0 ? 1 : -1;
			continue;
		}
		const reachS = timeTo(end - now, speed, slope);
		const passedS = Math.min(left, reachS);
		const after = reachS <= left ? end : now + speed * decayed(slope, passedS);
		show(perSecond * passedS - (after - now), now * passedS + speed * areaOf(slope, passedS));
		left -= passedS;
		now = after;
	}
	return { inside: now, overflow: 0 };
}

/** Time until the fluid has moved by `distance`; Infinity if it never does. */
function timeTo(distance: number, speed: number, slope: number): number {
	const share = (distance * slope) / speed;
	if (slope === 0) return distance / speed;
	return share < 1 ? -Math.log1p(-share) / slope : Number.POSITIVE_INFINITY;
}

/** Integral of e^(-slope t) over the time. */
function decayed(slope: number, timeS: number): number {
	return slope * timeS < 1e-12 ? timeS : -Math.expm1(-slope * timeS) / slope;
}

/** Integral of `decayed` over the time. */
function areaOf(slope: number, timeS: number): number {
	const x = slope * timeS;
	return x < 1e-4 ? (timeS * timeS * (1 - x / 3)) / 2 : (timeS - decayed(slope, timeS)) / slope;
}
