/**
 * Requests on their way: each entry of an experiment's traffic sends its own to a service, or to a route that divides them among services.
 * Which pods a service has, and how a route divides, is what an orchestrator announces to the cell; proxies hear of it later
 * (`proxies.ts`); what becomes of requests in pods is `service-load.ts`.
 *
 * Time goes in windows: within one, requests come at a constant rate, as many as the course of the rate has there, or a draw from the
 * Poisson distribution with that mean. At its end what was counted is announced (`requestsCounted`).
 *
 * Divergence from Gateway API and Ingress controllers: a gateway hears of new weights at once; what it has no endpoints for is lost.
 */
import type { Cell } from "../cell/cell.js";
import type { PodId } from "../cell/ids.js";
import type { Backend } from "../cell/requests.js";
import { type DistributionSpec, sampler } from "../engine/distributions.js";
import type { Engine, EventKind } from "../engine/engine.js";
import { poisson } from "../engine/poisson.js";
import type { RandomSource } from "../engine/random.js";
import { SECOND, type SimTime } from "../engine/time.js";
import { MachineShares, type PodMachines } from "./machine-shares.js";
import { declaredCpuMilli, Pods, profiles, type Serving } from "./pods.js";
import { Proxies } from "./proxies.js";
import { type Rate, requestsBetween } from "./rate.js";
import { ServiceLoad } from "./service-load.js";

/** One entry of traffic. */
export interface TrafficOptions {
	readonly name: string;
	/** Keys, as orchestrators announce them: `default/web`. */
	readonly target: { readonly service: string } | { readonly route: string };
	readonly rate: Rate;
	readonly noise: "none" | "poisson";
	readonly serving: Serving;
	/** Requests that may be in a pod. */
	readonly most: number;
	readonly timeoutUs: SimTime;
	readonly objectiveUs: SimTime | null;
	/** The way to a pod and back, all hops together. */
	readonly pathUs: SimTime;
	readonly proxies: { readonly count: number; readonly delayUs: DistributionSpec; readonly minSyncUs: SimTime };
	readonly windowUs: SimTime;
}

export type { PodMachines } from "./machine-shares.js";

export interface TrafficContext {
	readonly phase: number;
	readonly random: RandomSource;
	/** End of the run. */
	readonly endUs: SimTime;
	/** Null where nodes are not simulated in full. */
	readonly machines: PodMachines | null;
}

/** Requests of an entry to one service. */
interface Load {
	readonly service: string;
	readonly load: ServiceLoad;
	/** Numbers of its proxies. */
	readonly proxies: readonly number[];
}

/** An entry at work. */
interface Sender {
	readonly options: TrafficOptions;
	readonly loads: Map<string, Load>;
	readonly profileOf: ReturnType<typeof profiles>;
	readonly noise: (mean: number) => number;
	/** Of a route, how requests are divided. */
	backends: readonly Backend[];
	perSecond: number;
	windowUs: SimTime;
}

/** Where requests go that no backend is there for. */
const NOWHERE = "";

export class Traffic {
	readonly #engine: Engine;
	readonly #cell: Cell;
	readonly #context: TrafficContext;
	readonly #shares: MachineShares | null;
	readonly #senders: readonly Sender[];
	readonly #pods: Pods;
	readonly #proxies: Proxies;
	readonly #window: EventKind;
	/** By service: its pods, as announced. */
	readonly #endpoints = new Map<string, readonly PodId[]>();
	/** By pod: the loads that depend on it. */
	readonly #followers = new Map<PodId, Set<ServiceLoad>>();

	constructor(engine: Engine, cell: Cell, entries: readonly TrafficOptions[], context: TrafficContext) {
		const { phase, random } = context;
		this.#engine = engine;
		this.#cell = cell;
		this.#context = context;
		const wanted = (pod: PodId, cpus: number) =>
			this.#sumOver(pod, (load) => load.wantedMilli(pod, cpus, engine.nowUs));
		this.#shares = context.machines && new MachineShares(cell, context.machines, wanted);
		this.#senders = entries.map((options) => ({
			options,
			loads: new Map(),
			profileOf: profiles(cell, options, (pod) => this.#shares?.cpuMilliOf(pod) ?? declaredCpuMilli(cell, pod)),
			noise: options.noise === "none" ? (mean) => mean : poisson(random.stream(`traffic/${options.name}/noise`)),
			backends: "service" in options.target ? [{ service: options.target.service, weight: 1 }] : [],
			perSecond: 0,
			windowUs: 0,
		}));
		this.#window = engine.kind("traffic-window", phase, (index) => this.#windowOver(this.#senders[index]!, index));
		this.#proxies = new Proxies(engine, phase);
		this.#pods = new Pods(engine, cell, phase, (pod) => this.#podChanged(pod));
		cell.watch({
			endpointsChanged: (service, pods) => this.#endpointsChanged(service, pods),
			routeChanged: (route, backends) => this.#routeChanged(route, backends),
		});
		cell.usage.ofRequests = (pod) => this.#usedMilli(pod);
		this.#senders.forEach((sender, index) => {
			this.#divide(sender);
			this.#begin(sender, index);
		});
	}

	#begin(sender: Sender, index: number): void {
		const { rate, windowUs } = sender.options;
		const { nowUs } = this.#engine;
		const endUs = Math.min(nowUs + windowUs, this.#context.endUs);
		if (endUs <= nowUs) return;
		const requests = sender.noise(requestsBetween(rate, nowUs, endUs));
		sender.windowUs = nowUs;
		sender.perSecond = (requests * SECOND) / (endUs - nowUs);
		this.#deal(sender);
		this.#engine.schedule(endUs, this.#window, index);
	}

	#windowOver(sender: Sender, index: number): void {
		const { nowUs } = this.#engine;
		const { name, timeoutUs, objectiveUs } = sender.options;
		for (const { service, load } of sender.loads.values()) {
			if (this.#shares !== null) for (const pod of load.pods) if (this.#shares.renew(pod)) this.#podChanged(pod);
			const count = load.take(nowUs);
			if (service === NOWHERE && count.arrived === 0) continue;
			this.#cell.objects.requestsCounted({
				traffic: name,
				service,
				fromUs: sender.windowUs,
				toUs: nowUs,
				...count,
				timeoutUs,
				objectiveUs,
			});
		}
		this.#begin(sender, index);
	}

	/** Makes the loads of the services that requests are to go to. */
	#divide(sender: Sender): void {
		for (const { service } of sender.backends)
			if (!sender.loads.has(service)) sender.loads.set(service, this.#newLoad(sender, service));
		if (sender.backends.every(({ weight }) => weight === 0) && !sender.loads.has(NOWHERE))
			sender.loads.set(NOWHERE, this.#newLoad(sender, NOWHERE));
	}

	/** Divides the rate of now. */
	#deal({ backends, loads, perSecond }: Sender): void {
		const { nowUs } = this.#engine;
		const weights = backends.reduce((sum, { weight }) => sum + weight, 0);
		for (const { service, load } of loads.values()) {
			const weight = backends.reduce((sum, backend) => sum + (backend.service === service ? backend.weight : 0), 0);
			const share = weights === 0 ? Number(service === NOWHERE) : weight / weights;
			load.send(perSecond * share, nowUs);
		}
	}

	#newLoad(sender: Sender, service: string): Load {
		const { name, most, timeoutUs, proxies } = sender.options;
		const load: ServiceLoad = new ServiceLoad(
			{
				most,
				timeoutUs,
				proxies: proxies.count,
				stanceOf: (pod) => this.#pods.stanceOf(pod, sender.profileOf),
				follows: (pod, follows) => this.#follow(pod, load, follows),
			},
			this.#engine.nowUs,
		);
		const known = this.#endpoints.get(service);
		const numbers = Array.from({ length: proxies.count }, (_, proxy) => {
			if (known !== undefined) load.learn(proxy, known, this.#engine.nowUs);
			const random = this.#context.random.stream(`traffic/${name}/${service}/proxy-${proxy}`);
			const options = { delayUs: sampler(proxies.delayUs, random), minSyncUs: proxies.minSyncUs };
			return this.#proxies.add(options, (pods) => load.learn(proxy, pods, this.#engine.nowUs));
		});
		return { service, load, proxies: numbers };
	}

	#endpointsChanged(service: string, pods: readonly PodId[]): void {
		this.#endpoints.set(service, pods);
		for (const { loads } of this.#senders)
			for (const proxy of loads.get(service)?.proxies ?? []) this.#proxies.tell(proxy, pods);
	}

	#routeChanged(route: string, backends: readonly Backend[]): void {
		for (const sender of this.#senders) {
			const { target } = sender.options;
			if (!("route" in target) || target.route !== route) continue;
			sender.backends = backends;
			this.#divide(sender);
			this.#deal(sender);
		}
	}

	#podChanged(pod: PodId): void {
		for (const load of [...(this.#followers.get(pod) ?? [])]) load.look(pod, this.#engine.nowUs);
	}

	#follow(pod: PodId, load: ServiceLoad, follows: boolean): void {
		const followers = this.#followers.get(pod) ?? new Set();
		if (follows) followers.add(load);
		else followers.delete(load);
		if (followers.size > 0) this.#followers.set(pod, followers);
		else {
			this.#followers.delete(pod);
			this.#pods.forget(pod);
			this.#shares?.forget(pod);
		}
	}

	#usedMilli(pod: PodId): number | null {
		return this.#followers.has(pod) ? this.#sumOver(pod, (load) => load.usedMilli(pod, this.#engine.nowUs)) : null;
	}

	#sumOver(pod: PodId, of: (load: ServiceLoad) => number): number {
		let sum = 0;
		for (const load of this.#followers.get(pod) ?? []) sum += of(load);
		return sum;
	}
}
