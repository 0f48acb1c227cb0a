/** The life of one container of a pod: its starts, its probes while it runs, its way to the end. */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { ContainerRun } from "../../objects/pod-run.js";
import { ProbeRun, type Serving } from "./probes.js";
import { BackOff, type Exit } from "./restarts.js";

const NEVER = Number.POSITIVE_INFINITY;
/** A container gets so long after SIGTERM even if its preStop hook used up the grace, unless the grace itself was shorter. */
const LEAST_GRACE_US = 2 * SECOND;

/**
 * Waits for its turn; is being started (its image may have to be pulled first); runs; ran, which the kubelet may not know yet; waits
 * to be started again; has ended for good.
 */
type ContainerState = "waiting" | "starting" | "running" | "exited" | "backing-off" | "ended";

/** How the kubelet ends a container: preStop hook, SIGTERM, SIGKILL. */
interface Stopping {
	readonly byProbe: boolean;
	/** From when SIGTERM may be sent, and until when it waits for its turn. */
	readonly termUs: SimTime;
	readonly deadlineUs: SimTime;
	readonly leastGraceUs: SimTime;
	/** Infinity until SIGTERM was sent, and after SIGKILL. */
	killUs: SimTime;
	termed: boolean;
}

export class ContainerLife {
	readonly run: ContainerRun;
	state: ContainerState = "waiting";
	/** Starts so far. */
	starts = 0;
	/** Ran once, and passed its startup probe if it has one: what comes after a sidecar needs no more. */
	wasStarted = false;
	/** As far as the kubelet knows, it runs, has passed its startup probe, and its readiness probe, if it has one, says so. */
	ready = false;
	/** Of the last run; null before. */
	exit: Exit | null = null;
	/** While `exited`: when the kubelet hears of it. While `backing-off`: when it is started again. */
	wakeUs: SimTime = NEVER;
	#endedUs: SimTime = 0;
	#startedUs: SimTime = 0;
	readonly #backOff = new BackOff();
	#startup: ProbeRun | null = null;
	#readiness: ProbeRun | null = null;
	#liveness: ProbeRun | null = null;
	#stopping: Stopping | null = null;

	constructor(run: ContainerRun) {
		this.run = run;
	}

	get isStopping(): boolean {
		return this.#stopping !== null;
	}

	/** Its machine is told to start it. */
	start(nowUs: SimTime): void {
		if (this.starts > 0) this.#backOff.restart(this.#endedUs, nowUs);
		this.starts++;
		this.state = "starting";
		this.wakeUs = NEVER;
	}

	/** It runs. */
	begin(nowUs: SimTime): void {
		const { startupProbe } = this.run;
		this.state = "running";
		this.#startedUs = nowUs;
		if (startupProbe === null) this.#beStarted(nowUs);
		else this.#startup = new ProbeRun(startupProbe, nowUs + startupProbe.initialDelayUs);
	}

	/** It ran: the kubelet, unless it ended it itself, hears of it `relistUs` later. */
	end(code: number, nowUs: SimTime, relistUs: SimTime): void {
		const byProbe = this.#stopping?.byProbe ?? false;
		this.wakeUs = this.#stopping === null ? nowUs + relistUs : nowUs;
		this.state = "exited";
		this.exit = { code, byProbe };
		this.#endedUs = nowUs;
		this.#startup = this.#readiness = this.#liveness = null;
		this.#stopping = null;
	}

	/** The kubelet knows that it ended, and will start it again; it looks every `resyncUs` from now on, 0: at the right time. */
	backOff(nowUs: SimTime, resyncUs: SimTime): void {
		const waitUs = Math.max(0, this.#backOff.earliestUs(this.#endedUs) - nowUs);
		this.state = "backing-off";
		this.wakeUs = nowUs + (resyncUs === 0 ? waitUs : Math.ceil(waitUs / resyncUs) * resyncUs);
	}

	/** The kubelet begins to end it. Once begun, only a shorter grace changes anything. */
	stop(nowUs: SimTime, graceUs: SimTime, byProbe: boolean): void {
		const deadlineUs = nowUs + graceUs;
		const before = this.#stopping;
		if (before !== null && before.deadlineUs <= deadlineUs) return;
		const leastGraceUs = Math.min(LEAST_GRACE_US, graceUs);
		const hookEndUs = Math.min(before?.termUs ?? nowUs + this.run.preStopUs, deadlineUs);
		const termed = before?.termed ?? false;
		const killUs = termed ? Math.min(before!.killUs, deadlineUs) : NEVER;
		this.#stopping = { byProbe, termUs: hookEndUs, deadlineUs, leastGraceUs, killUs, termed };
		this.#startup = this.#readiness = this.#liveness = null;
	}

	/** What a container that is being stopped is due for: a signal. `turn`: those that must end before it have ended. */
	signal(nowUs: SimTime, turn: boolean): "terminate" | "kill" | null {
		const stopping = this.#stopping;
		if (stopping === null || this.state !== "running") return null;
		const { termUs, deadlineUs, leastGraceUs, killUs } = stopping;
		if (!stopping.termed && nowUs >= termUs && (turn || nowUs >= deadlineUs)) {
			stopping.termed = true;
			const graceEndUs = Math.max(deadlineUs, nowUs + leastGraceUs);
			if (graceEndUs > nowUs) {
				stopping.killUs = graceEndUs;
				return "terminate";
			}
		} else if (nowUs < killUs) return null;
		stopping.killUs = NEVER;
		return "kill";
	}

	/** Probes that are due. True if one of them has failed for good, so that the container must be ended. */
	probe(nowUs: SimTime, serving: Serving): boolean {
		this.#startup?.advance(nowUs, serving);
		if (this.#startup?.verdict === "success") {
			this.#startup = null;
			this.#beStarted(nowUs);
		}
		this.#readiness?.advance(nowUs, serving);
		if (this.#readiness !== null) this.ready = this.#readiness.verdict === "success";
		this.#liveness?.advance(nowUs, serving);
		return this.#startup?.verdict === "failure" || this.#liveness?.verdict === "failure";
	}

	servingChanged(nowUs: SimTime): void {
		this.#startup?.wake(nowUs);
		this.#readiness?.wake(nowUs);
		this.#liveness?.wake(nowUs);
	}

	/** When something is due; Infinity if nothing is. `turn` as of `signal`. */
	dueUs(turn: boolean): SimTime {
		if (this.state !== "running") return this.wakeUs;
		const stopping = this.#stopping;
		if (stopping !== null) {
			if (stopping.termed) return stopping.killUs;
			return turn ? stopping.termUs : stopping.deadlineUs;
		}
		const [startup, readiness, liveness] = [this.#startup, this.#readiness, this.#liveness];
		return Math.min(startup?.nextUs ?? NEVER, readiness?.nextUs ?? NEVER, liveness?.nextUs ?? NEVER);
	}

	#beStarted(nowUs: SimTime): void {
		const { readinessProbe, livenessProbe } = this.run;
		this.wasStarted = true;
		this.ready = readinessProbe === null;
		const firstUs = (initialDelayUs: SimTime) => Math.max(nowUs, this.#startedUs + initialDelayUs);
		if (readinessProbe !== null) this.#readiness = new ProbeRun(readinessProbe, firstUs(readinessProbe.initialDelayUs));
		if (livenessProbe !== null) this.#liveness = new ProbeRun(livenessProbe, firstUs(livenessProbe.initialDelayUs));
	}
}
