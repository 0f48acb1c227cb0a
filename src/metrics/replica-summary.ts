/**
 * What objects that keep pods add to the summary of a run: how much of what was declared was missing, how long nothing of it served, and
 * how long changes took to arrive. Objects that others keep (ReplicaSets of Deployments) are not counted beside those.
 */
import type { Cell } from "../cell/cell.js";
import type { CellListener, Replicas } from "../cell/changes.js";
import { SECOND, type SimTime } from "../engine/time.js";
import { putHistogram } from "./distribution.js";
import { Histogram } from "./histogram.js";

type Put = (name: string, value: number) => void;

/** What others keep. */
const KEPT: ReadonlySet<string> = new Set(["ReplicaSet"]);

interface Followed {
	replicas: Replicas;
	sinceUs: SimTime;
	/** When what is declared changed last without having arrived; NaN if it has. */
	changedUs: SimTime;
}

export class ReplicaSummary implements CellListener {
	readonly #cell: Cell;
	readonly #warmupUs: SimTime;
	readonly #followed = new Map<string, Followed>();
	readonly #rollouts = new Histogram();
	#missingUs = 0;
	#outageUs = 0;

	constructor(cell: Cell, warmupUs: SimTime) {
		this.#cell = cell;
		this.#warmupUs = warmupUs;
	}

	replicasChanged(replicas: Replicas): void {
		if (KEPT.has(replicas.kind)) return;
		const { nowUs } = this.#cell;
		const key = `${replicas.kind}/${replicas.name}`;
		const followed = this.#followed.get(key);
		if (followed === undefined) {
			this.#followed.set(key, { replicas, sinceUs: nowUs, changedUs: nowUs });
			return;
		}
		this.#account(followed, nowUs);
		const arrived = hasArrived(replicas);
		if (Number.isNaN(followed.changedUs) && !arrived) followed.changedUs = nowUs;
		else if (!Number.isNaN(followed.changedUs) && arrived) {
			if (followed.changedUs >= this.#warmupUs) this.#rollouts.add(nowUs - followed.changedUs);
			followed.changedUs = Number.NaN;
		}
		followed.replicas = replicas;
	}

	report(endUs: SimTime, put: Put): void {
		if (this.#followed.size === 0) return;
		for (const followed of this.#followed.values()) this.#account(followed, endUs);
		put("replicas_missing_pod_seconds", this.#missingUs / SECOND);
		put("replicas_outage_us", this.#outageUs);
		putHistogram(put, "rollout_time", "", this.#rollouts);
	}

	#account(followed: Followed, nowUs: SimTime): void {
		const { replicas, sinceUs } = followed;
		const lastedUs = nowUs - Math.max(sinceUs, this.#warmupUs);
		followed.sinceUs = nowUs;
		if (lastedUs <= 0) return;
		this.#missingUs += Math.max(0, replicas.declared - replicas.available) * lastedUs;
		if (replicas.declared > 0 && replicas.available === 0) this.#outageUs += lastedUs;
	}
}

/** All that is declared is there, of the newest template, and nothing else. */
function hasArrived({ declared, current, updated, available }: Replicas): boolean {
	return current === declared && updated === declared && available === declared;
}
