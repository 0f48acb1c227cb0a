/**
 * The life of a pod on its node as its kubelet steers it: init containers one after the other, sidecars before the main containers and
 * after them, probes, restarts, and the way to the end. It knows no engine and no machine: it is told what happens, and answers
 * with what to do, in order. Between `nextDueUs` and what it is told it needs nothing.
 *
 * Source: Kubernetes "Pod Lifecycle", "Init Containers", "Sidecar Containers"; pkg/kubelet/kuberuntime (computePodActions,
 * killContainer, kuberuntime_termination_order.go), pkg/kubelet/pleg.
 *
 * Divergence from Kubernetes: main containers are started all at once, where a kubelet pulls the image of one after it started the one
 * before; postStart hooks take no time; a pod that is being ended is not ready any more, whatever its probes say; the pod
 * sandbox never fails. What `probes.ts` and `restarts.ts` leave out is said there.
 */
import { SECOND, type SimTime } from "../../engine/time.js";
import type { PodRun } from "../../objects/pod-run.js";
import { ContainerLife } from "./container-lifecycle.js";
import { isRestarted } from "./restarts.js";

const NEVER = Number.POSITIVE_INFINITY;

/** Why a pod is ended from outside. Who is evicted has failed, whatever its containers make of it. */
export type StopReason = "deleted" | "evicted";

/** What the machine is to do, or learns. `container`: index into the pod's containers. */
export type PodAction =
	/** Start it, for the first time (`attempt` 0) or again; `containerStarted` says when it runs. */
	| { readonly kind: "start"; readonly container: number; readonly attempt: number }
	/** Send SIGTERM, SIGKILL; `containerExited` says when it is gone, after SIGKILL at once. */
	| { readonly kind: "terminate" | "kill"; readonly container: number }
	/** The first main container runs. */
	| { readonly kind: "running" }
	/** The Ready condition has changed; a pod is not ready at first. */
	| { readonly kind: "ready"; readonly ready: boolean }
	/** Nothing of it runs any more: it may be taken off the node. Always the last. */
	| { readonly kind: "ended"; readonly phase: "Succeeded" | "Failed" };

export interface LifecycleOptions {
	/** Delay until the kubelet hears that a container ended by itself (PLEG relist period), microseconds. Default 1 s. */
	readonly relistUs?: SimTime;
	/** How often the kubelet tries to start a container that backs off, microseconds (about 10 s before 1.35). Default 0: at the right time. */
	readonly resyncUs?: SimTime;
	/**
	 * Whether a main container that ended with 0 under restart policy Always is started again, as in Kubernetes. Default true.
	 * False for workloads in which its work is what the pod is for.
	 */
	readonly restartsWhenDone?: boolean;
}

export class PodLifecycle {
	phase: "Pending" | "Running" | "Succeeded" | "Failed" = "Pending";
	ready = false;
	/** When `advance` must be called; Infinity if nothing is due. */
	nextDueUs: SimTime = NEVER;
	readonly #run: PodRun;
	readonly #options: Required<LifecycleOptions>;
	readonly #containers: readonly ContainerLife[];
	/** It is on its way to the end: nothing is started any more. */
	#ending = false;
	/** Whatever its main containers make of it. */
	#failed = false;
	#actions: PodAction[] = [];

	constructor(run: PodRun, { relistUs = SECOND, resyncUs = 0, restartsWhenDone = true }: LifecycleOptions = {}) {
		this.#run = run;
		this.#options = { relistUs, resyncUs, restartsWhenDone };
		this.#containers = run.containers.map((container) => new ContainerLife(container));
	}

	/** The pod was taken in by its node. */
	begin(nowUs: SimTime): readonly PodAction[] {
		return this.#go(nowUs);
	}

	/** A container that was to be started runs: its image was there, or has come. */
	containerStarted(container: number, nowUs: SimTime): readonly PodAction[] {
		const life = this.#containers[container]!;
		life.begin(nowUs);
		if (this.phase === "Pending" && life.run.kind === "main") {
			this.phase = "Running";
			this.#actions.push({ kind: "running" });
		}
		return this.#go(nowUs);
	}

	/** A container that ran is gone: it was done, was killed, or obeyed a signal. `code` 0 is success. */
	containerExited(container: number, code: number, nowUs: SimTime): readonly PodAction[] {
		this.#containers[container]!.end(code, nowUs, this.#ending ? 0 : this.#options.relistUs);
		return this.#go(nowUs);
	}

	/** A container began or ceased to serve. Not to be told of one that serves from its start on. */
	servingChanged(container: number, nowUs: SimTime): void {
		this.#containers[container]!.servingChanged(nowUs);
		this.#findDue();
	}

	/** The pod is to end. Containers that are being started never run: they must not be reported any more. */
	stop(reason: StopReason, nowUs: SimTime, graceUs: SimTime): readonly PodAction[] {
		if (this.#isOver) return [];
		this.#failed ||= reason === "evicted";
		this.#end(nowUs, graceUs);
		return this.#go(nowUs);
	}

	/** Everything that is due at `nowUs`. `serving` is asked for containers whose probes are. */
	advance(nowUs: SimTime, serving: (container: number) => boolean): readonly PodAction[] {
		this.#containers.forEach((life, i) => {
			if (life.state !== "running" || life.isStopping) return;
			const mustEnd = life.probe(nowUs, () => serving(i));
			if (mustEnd) life.stop(nowUs, this.#run.terminationGraceUs, true);
		});
		return this.#go(nowUs);
	}

	get #isOver(): boolean {
		return this.phase === "Succeeded" || this.phase === "Failed";
	}

	/** Draws all conclusions from how things stand, and answers with the actions since the last answer. */
	#go(nowUs: SimTime): readonly PodAction[] {
		for (const life of this.#containers) if (life.state === "exited" && life.wakeUs <= nowUs) this.#hear(life, nowUs);
		this.#reportReady();
		if (!this.#ending) this.#startDue(nowUs);
		this.#signal(nowUs);
		this.#reportEnd();
		this.#findDue();
		const actions = this.#actions;
		this.#actions = [];
		return actions;
	}

	/** The kubelet hears that a container ended. */
	#hear(life: ContainerLife, nowUs: SimTime): void {
		const { restartPolicy } = this.#run;
		const { kind } = life.run;
		const exit = life.exit!;
		life.ready = false;
		const isDone = !this.#options.restartsWhenDone && kind === "main" && exit.code === 0 && !exit.byProbe;
		if (!this.#ending && !isDone && isRestarted(kind, restartPolicy, exit)) {
			life.backOff(nowUs, this.#options.resyncUs);
			return;
		}
		life.state = "ended";
		life.wakeUs = NEVER;
		if (this.#ending) return;
		const initFailed = kind === "init" && exit.code !== 0;
		const isLast = this.#containers.every(({ run, state }) => run.kind !== "main" || state === "ended");
		this.#failed ||= initFailed;
		if (isLast || initFailed) this.#end(nowUs, this.#run.terminationGraceUs);
	}

	/** Starts in order whatever may start. */
	#startDue(nowUs: SimTime): void {
		for (const [container, life] of this.#containers.entries()) {
			const waits = life.state === "waiting" || (life.state === "backing-off" && life.wakeUs <= nowUs);
			if (waits) {
				this.#actions.push({ kind: "start", container, attempt: life.starts });
				life.start(nowUs);
			}
			// What comes after an init container or a sidecar waits until that has done what it is for.
			if (life.run.kind === "init" && life.state !== "ended") return;
			if (life.run.kind === "sidecar" && !life.wasStarted) return;
		}
	}

	/** The pod is on its way to the end: everything that runs is stopped, nothing else starts. */
	#end(nowUs: SimTime, graceUs: SimTime): void {
		this.#ending = true;
		for (const life of this.#containers) {
			if (life.state === "running") life.stop(nowUs, graceUs, false);
			else if (life.state !== "exited") life.state = "ended";
			if (life.state === "ended") life.wakeUs = NEVER;
			else if (life.state === "exited") life.wakeUs = nowUs;
		}
		for (const life of this.#containers) if (life.state === "exited") this.#hear(life, nowUs);
	}

	#signal(nowUs: SimTime): void {
		// From the last to the first: that is the order among sidecars.
		const main = this.#containers.findIndex(({ run }) => run.kind === "main");
		const order = [...this.#containers.keys()];
		for (const container of [...order.slice(main), ...order.slice(0, main).reverse()]) {
			const kind = this.#containers[container]!.signal(nowUs, this.#hasTurn(container));
			if (kind !== null) this.#actions.push({ kind, container });
		}
	}

	/** Whether a container may be ended: a sidecar only when all main containers and the sidecars after it are gone. */
	#hasTurn(container: number): boolean {
		const life = this.#containers[container]!;
		if (!this.#ending || life.run.kind !== "sidecar") return true;
		return this.#containers.every(({ run, state }, i) => i <= container || run.kind === "init" || state !== "running");
	}

	#reportReady(): void {
		const ready = !this.#ending && this.#containers.every((life) => life.run.kind === "init" || life.ready);
		if (ready !== this.ready) this.#actions.push({ kind: "ready", ready });
		this.ready = ready;
	}

	#reportEnd(): void {
		if (!this.#ending || this.#isOver || this.#containers.some(({ state }) => state !== "ended")) return;
		const done = this.#containers.every(({ run, exit }) => run.kind !== "main" || exit?.code === 0);
		this.phase = done && !this.#failed ? "Succeeded" : "Failed";
		this.#actions.push({ kind: "ended", phase: this.phase });
	}

	#findDue(): void {
		this.nextDueUs = NEVER;
		this.#containers.forEach((life, i) => {
			this.nextDueUs = Math.min(this.nextDueUs, life.dueUs(this.#hasTurn(i)));
		});
	}
}
