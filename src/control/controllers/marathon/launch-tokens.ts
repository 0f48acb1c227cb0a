/**
 * A throttle of launches: each takes a token; there are 100 again every 30 s, and one more for each instance that runs and is not unhealthy.
 *
 * Source: Marathon, core/launcher/impl/LaunchTokenConfig (launch_tokens 100, launch_token_refresh_interval 30 s).
 *
 * Divergence from Marathon: the token is taken when an instance is wanted, not when an offer is matched.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";

const TOKENS = 100;
const REFRESH_US = 30 * SECOND;

export class LaunchTokens {
	#left = TOKENS;
	#period = 0;

	/** Takes as many as there are, `wanted` at most; the answer is how many. */
	take(wanted: number, nowUs: SimTime): number {
		this.#refresh(nowUs);
		const taken = Math.min(wanted, this.#left);
		this.#left -= taken;
		return taken;
	}

	/** An instance runs, and is not unhealthy. */
	add(nowUs: SimTime): void {
		this.#refresh(nowUs);
		this.#left++;
	}

	/** When there are 100 again. */
	nextUs(nowUs: SimTime): SimTime {
		return (Math.floor(nowUs / REFRESH_US) + 1) * REFRESH_US;
	}

	#refresh(nowUs: SimTime): void {
		const period = Math.floor(nowUs / REFRESH_US);
		if (period === this.#period) return;
		this.#period = period;
		this.#left = TOKENS;
	}
}
