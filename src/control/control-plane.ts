/**
 * A control plane at work on a cell: the API server, what components see of it, controllers, and the pods that they make. Users
 * talk to it as with kubectl.
 */
import type { Cell } from "../cell/cell.js";
import type { Engine } from "../engine/engine.js";
import { type RandomSource, SeededRandomSource } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import { canonicalJson } from "../objects/canonical-json.js";
import { formatPath, type Mistake, validate } from "../objects/issues.js";
import type { PlainMap } from "../objects/plain-data.js";
import { podAdmissions } from "./admission/pods.js";
import { defaultStorageClass } from "./admission/storage-class.js";
import { type ApiObject, type Draft, keyOf, type Texts } from "./api-object.js";
import { type ApiChange, type ApiResult, ApiServer, type DeleteOptions } from "./api-server.js";
import { Availability, type AvailabilityOptions } from "./availability/availability.js";
import { DEFAULT_LEASE_TIMES, type Elected, LeaderElection, type LeaseTimes } from "./availability/leader-election.js";
import { MasterElection, type MasterTimes } from "./availability/master-election.js";
import { RaftElection, type RaftTimes } from "./availability/raft-election.js";
import { Capacity } from "./capacity.js";
import { Requests } from "./client.js";
import { Component } from "./component.js";
import { type MakeController, SyncFailed } from "./controller.js";
import { namespaceLifecycle } from "./controllers/namespace.js";
import { defaultTolerations } from "./default-tolerations.js";
import { type DrainListener, Drains } from "./drain.js";
import { Evictions } from "./eviction.js";
import { Heartbeats } from "./heartbeats.js";
import { Informers } from "./informers.js";
import { builtInKinds } from "./kinds/index.js";
import { type AnyKind, specIn } from "./kinds/kind.js";
import { persistentVolumeClaimKind } from "./kinds/persistent-volume-claim.js";
import { serviceKind } from "./kinds/service.js";
import { mergePatch } from "./merge-patch.js";
import { NodeBridge } from "./node-bridge.js";
import { NodeUpgrades, type UpgradeWave } from "./node-upgrades.js";
import type { AgentTelling } from "./outboxes.js";
import { MANAGER, MASTER, type PlaneComponent, type PlanePart } from "./plane-components.js";
import { type ArrivalOf, PodBridge } from "./pod-bridge.js";
import { SchedulerObjects } from "./scheduler-objects.js";
import { serviceBackends } from "./service-backends.js";
import { StorageBridge } from "./storage-bridge.js";
import type { RateLimit } from "./token-bucket.js";

export interface ControlPlaneOptions {
	readonly phase: number;
	/** From a request's start to its commit. */
	readonly requestUs: SimTime;
	/** What a request occupies the API server for; default 0: it serves any number at once. */
	readonly serviceUs?: SimTime;
	/** From a commit until those who watch, and who asked for it, hear of it. */
	readonly watchUs: SimTime;
	/**
	 * From a commit until the controllers' cache has it, asked for each commit; default `watchUs`. Where it may take longer than the
	 * answer to the request, a controller works on with what it had seen before, and its next write may conflict with its last.
	 */
	readonly cacheUs?: () => SimTime;
	/** Of each controller; default that of kube-controller-manager. */
	readonly client?: RateLimit;
	readonly controllers: readonly MakeController[];
	/** What can be declared; default Kubernetes' own kinds. Kinds of one name mean different things to different orchestrators. */
	readonly kinds?: readonly AnyKind[];
	readonly arrivalOf: ArrivalOf;
	/** In [0, 1): by how much of their jitter retries are late; default none. */
	readonly jitter?: () => number;
	/** The leases of nodes, for whoever watches over them; default nobody does. */
	readonly heartbeats?: Heartbeats;
	/** Whether new nodes have a taint until a node lifecycle controller takes it off; default where somebody watches over nodes. */
	readonly taintsNew?: boolean;
	/** How schedulers and nodes hear of pods and say what became of them, where that takes longer than a watch and a request. */
	readonly agents?: AgentTimes;
	/** Other programs that run controllers, by name; default none. */
	readonly components?: Readonly<Record<string, readonly MakeController[]>>;
	/** Replicas, and how they take over from each other; default one of each. */
	readonly replicas?: PlaneReplicas;
	/** For what is left to chance where something fails. */
	readonly random?: RandomSource;
	/** Who takes what users write, where that is not the API server itself. */
	readonly front?: (server: ApiServer) => ApiFront;
	/** Who tells the cell where requests to services shall go; default as in Kubernetes. */
	readonly backends?: MakeBackends;
}

/** Begins to tell the cell of endpoints and routes (`Cell.objects`). */
export type MakeBackends = (cell: Cell, server: ApiServer, pods: PodBridge) => void;

export interface AgentTimes extends AgentTelling {
	/** From a write until they hear of it. */
	readonly hearUs: SimTime;
}

/** Of how many replicas the plane is made. */
export interface PlaneReplicas extends AvailabilityOptions {
	readonly controllerManagers?: number;
	readonly schedulers?: number;
	readonly leases?: LeaseTimes;
	/** Each replica is all of it, and its store chooses the one that works; nothing else counts then. */
	readonly raft?: RaftTimes;
	/** Who stands between those that schedule and the nodes (Mesos); default nobody. */
	readonly masters?: MasterTimes;
}

/** What users write goes through here: it is checked, refused, or done in another way. */
export interface ApiFront {
	create(draft: Draft): ApiResult;
	/** Puts `changed` in the place of `present`. */
	replace(present: ApiObject, changed: ApiObject): ApiResult;
	delete(kind: string, key: string, options: DeleteOptions): ApiResult;
}

/** A manifest that the API server refuses. */
export interface Refused {
	readonly mistakes: readonly Mistake[];
}

export class ControlPlane {
	readonly server: ApiServer;
	readonly pods: PodBridge;
	readonly nodes: NodeBridge;
	readonly evictions: Evictions;
	readonly availability: Availability;
	/** By component, where leases say who works. */
	readonly #elections = new Map<string, LeaderElection>();
	/** Of a plane that is one program. */
	#managers: RaftElection | null = null;
	/** Of one with somebody between schedulers and nodes. */
	#masters: MasterElection | null = null;
	readonly #drains: Drains;
	readonly #makeUpgrades: () => NodeUpgrades;
	#upgrades: NodeUpgrades | null = null;
	readonly #front: ApiFront;
	readonly #kinds: ReadonlyMap<string, AnyKind>;

	constructor(engine: Engine, cell: Cell, options: ControlPlaneOptions) {
		const { phase, requestUs, serviceUs = 0, watchUs, client, controllers, kinds = builtInKinds, arrivalOf } = options;
		const { cacheUs = () => watchUs, random = new SeededRandomSource("0"), replicas = {} } = options;
		const { raft } = replicas;
		const availability = new Availability(raft === undefined ? replicas : { ...replicas, stores: raft.managers });
		this.availability = availability;
		const between = this.#between(engine, random, { ...replicas, phase });
		this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
		this.server = new ApiServer(engine);
		this.#front = options.front?.(this.server) ?? straightTo(this.server);
		const capacity = new Capacity(serviceUs, availability);
		const { agents } = options;
		this.pods = new PodBridge(engine, cell, this.server, {
			phase,
			watchUs: agents?.hearUs ?? watchUs,
			reportedUs: (nowUs) => capacity.take(nowUs, requestUs),
			...(agents && { agents }),
			availability: between,
			...(between !== availability && { kills: between }),
			arrivalOf,
		});
		const admissions = [namespaceLifecycle(this.server), defaultTolerations, defaultStorageClass(this.server)];
		for (const admission of [...admissions, ...podAdmissions(this.server)]) this.server.admit(admission);
		const { jitter = () => 0 } = options;
		this.evictions = new Evictions(engine, this.server, { phase, requestUs, capacity, jitter, availability });
		this.#drains = new Drains(engine, this.server, this.evictions, phase);
		this.#makeUpgrades = () => new NodeUpgrades(engine, cell, this.server, this.#drains, phase);
		const informers = (name: string) => new Informers(engine, this.server, { name, phase, watchUs: cacheUs });
		const seen = informers("controller-manager");
		const requests = new Requests(engine, this.server, phase, {
			evictions: this.evictions,
			availability,
			capacity,
			requestUs,
			answerUs: watchUs,
		});
		const draftOf = (manifest: unknown) => this.#draftOrFail(manifest);
		const shared = { phase, availability, requests, draftOf, ...(client && { client }) };
		const elects = this.#elects(engine, random, { ...replicas, phase });
		new Component(engine, shared, {
			name: "controller-manager",
			seen,
			controllers,
			elect: elects("controller-manager", replicas.controllerManagers),
		});
		for (const [name, own] of Object.entries(options.components ?? {}))
			new Component(engine, shared, { name, seen: informers(name), controllers: own, elect: elects(name) });
		this.#holdSchedulers(cell, elects("scheduler", replicas.schedulers));
		this.nodes = new NodeBridge(engine, cell, this.server, {
			phase,
			watchUs,
			requestUs,
			heartbeats: options.heartbeats ?? new Heartbeats(),
			availability: between,
			taintsNew: options.taintsNew ?? options.heartbeats !== undefined,
		});
		// What others call a Service is nothing that kube-scheduler looks at.
		if (kinds.includes(serviceKind)) new SchedulerObjects(cell, this.server);
		if (kinds.includes(persistentVolumeClaimKind))
			new StorageBridge(engine, cell, this.server, { phase, pods: this.pods });
		const { backends = serviceBackends } = options;
		backends(cell, this.server, this.pods);
		this.server.watchEvents(({ source, about, type, reason, message }) =>
			cell.objects.objectEvent({ source, kind: about.kind, name: keyOf(about), type, reason, message }),
		);
		this.server.watch((change) => this.#tellReplicas(change, cell));
	}

	/** Whether nodes are heard of, and hear: while the plane answers and, where there are masters, one of them. */
	#between(engine: Engine, random: RandomSource, { masters, phase }: PlaneReplicas & { readonly phase: number }) {
		if (masters === undefined) return this.availability;
		const between = new Availability();
		this.availability.watch((serving) => {
			if (serving) between.recover("api-server", 1);
			else between.fail("api-server", 1);
		});
		this.#masters = new MasterElection(engine, {
			...masters,
			phase,
			random: random.stream("control/masters"),
			between,
		});
		return between;
	}

	/** Who has a component elected: the managers of a swarm for all, or leases for each, by its name and number of replicas. */
	#elects(engine: Engine, random: RandomSource, { raft, leases, phase }: PlaneReplicas & { readonly phase: number }) {
		const { availability } = this;
		const managers =
			raft && new RaftElection(engine, { ...raft, phase, random: random.stream("control/raft"), availability });
		this.#managers = managers ?? null;
		return (name: string, replicas = 1) =>
			(elected: Elected): void => {
				if (managers !== undefined) {
					managers.join(elected);
					return;
				}
				const draws = random.stream(`control/leader-election/${name}`);
				const times = leases ?? DEFAULT_LEASE_TIMES;
				const options = { ...times, name, phase, replicas, random: draws, availability };
				this.#elections.set(name, new LeaderElection(engine, options, elected));
			};
	}

	/** Schedulers decide while one of their replicas leads and the API server answers. */
	#holdSchedulers(cell: Cell, elect: (elected: Elected) => void): void {
		const { availability } = this;
		let leads = true;
		const judge = (leading: boolean) => {
			leads = leading;
			const offered = this.#masters?.offers ?? true;
			cell.api.scheduling.set(!(leads && offered && availability.serving));
		};
		this.#masters?.watch(() => judge(leads));
		availability.watch(() => judge(leads));
		elect({ start: () => judge(true), stop: () => judge(false) });
	}

	/** Whether it does its work: the API server and its store answer, or a replica leads. */
	works(component: PlaneComponent): boolean {
		if (component === "api-server" || component === "store") return this.availability.serving;
		return this.#elections.get(component)!.leads;
	}

	/** Replicas fail. `releases`: a leader among them hands its lease back first. */
	fail(component: PlanePart, replicas = Number.POSITIVE_INFINITY, releases = false): void {
		if (component === MANAGER) this.#managers!.fail(replicas);
		else if (component === MASTER) this.#masters!.fail(replicas);
		else if (component === "api-server" || component === "store") this.availability.fail(component, replicas);
		else this.#elections.get(component)!.fail(replicas, releases);
	}

	/** Replicas that failed come back. */
	recover(component: PlanePart, replicas = Number.POSITIVE_INFINITY): void {
		if (component === MANAGER) this.#managers!.recover(replicas);
		else if (component === MASTER) this.#masters!.recover(replicas);
		else if (component === "api-server" || component === "store") this.availability.recover(component, replicas);
		else this.#elections.get(component)!.recover(replicas);
	}

	#tellReplicas({ kind, key, before, after }: ApiChange, cell: Cell): void {
		const count = this.#kinds.get(kind)?.replicas;
		if (count === undefined || after === null) return;
		if (before !== null && before.spec === after.spec && before.status === after.status) return;
		cell.objects.replicasChanged({ kind, name: key, ...count(after.spec, after.status) });
	}

	/** Creates the object of a manifest, or refuses it. */
	create(manifest: unknown): ApiResult | Refused {
		const { refusal } = this.availability;
		if (refusal !== null) return { ok: false, error: refusal };
		const draft = this.draftOf(manifest);
		return "mistakes" in draft ? draft : this.#front.create(draft);
	}

	/** Changes an object by a strategic merge patch of its manifest (metadata and spec). */
	patch(kind: string, key: string, patch: unknown): ApiResult | Refused {
		const { refusal } = this.availability;
		if (refusal !== null) return { ok: false, error: refusal };
		const present = this.server.get(kind, key);
		if (present === undefined) return this.server.patch(kind, key, (object) => object);
		const { labels, annotations } = present.metadata;
		const known = this.#kinds.get(kind)!;
		if (known.actions?.includes("patch") === false) {
			const message = `a ${kind} cannot be patched here; what can be done with it: ${known.actions.join(", ")}`;
			return { mistakes: [{ path: ["kind"], at: "value", message }] };
		}
		const change = patch as PlainMap;
		const merged = mergePatch(
			{ metadata: { labels, annotations }, spec: present.spec },
			{ ...(change["metadata"] !== undefined && { metadata: change["metadata"] }), spec: specIn(known, change).spec },
		) as Written;
		const spec = this.#specOf(known, merged.spec, specIn(known, change).path);
		if ("mistakes" in spec) return spec;
		const refused = known.checkChange?.(present.spec, spec.value) ?? [];
		const { path: at } = specIn(known, change);
		if (refused.length > 0) return { mistakes: refused.map((one) => ({ ...one, path: [...at, ...one.path] })) };
		const metadata = { ...present.metadata, ...merged.metadata };
		const same = canonicalJson(spec.value) === canonicalJson(present.spec);
		return this.#front.replace(present, { ...present, metadata, spec: same ? present.spec : spec.value });
	}

	delete(kind: string, key: string, options: DeleteOptions = {}): ApiResult {
		const { refusal } = this.availability;
		return refusal === null ? this.#front.delete(kind, key, options) : { ok: false, error: refusal };
	}

	/** Empties a node as kubectl drain does; `listener` hears what became of each eviction. */
	drain(node: string, listener: DrainListener = () => {}): ApiResult {
		const { refusal } = this.availability;
		return refusal === null ? this.#drains.drain(node, listener) : { ok: false, error: refusal };
	}

	/** Upgrades nodes, so many at once: each is drained, away for a time, and back. */
	upgrade(wave: UpgradeWave): void {
		this.#upgrades ??= this.#makeUpgrades();
		this.#upgrades.begin(wave);
	}

	/** What a manifest declares; its mistakes, if the API server would refuse it. */
	draftOf(manifest: unknown): Draft | Refused {
		const { kind = "", metadata } = (manifest ?? {}) as Written;
		const known = this.#kinds.get(kind);
		if (known === undefined)
			return { mistakes: [{ path: ["kind"], at: "value", message: `no matches for kind "${kind}"` }] };
		const { spec, path } = specIn(known, manifest as PlainMap);
		const checked = this.#specOf(known, spec, path);
		if ("mistakes" in checked) return checked;
		const labels = metadata?.labels ?? {};
		const annotations = { ...known.annotations, ...metadata?.annotations };
		const wrong = known.checkMetadata?.({ labels, annotations }) ?? [];
		if (wrong.length > 0)
			return { mistakes: wrong.map((mistake) => ({ ...mistake, path: ["metadata", ...mistake.path] })) };
		const namespace = known.namespaced ? (metadata?.namespace ?? "default") : "";
		return {
			kind,
			metadata: {
				namespace,
				name: metadata?.name ?? "",
				labels,
				annotations,
				finalizers: known.finalizers ?? [],
			},
			spec: known.withMetadata?.(checked.value, { labels, annotations }) ?? checked.value,
			status: known.status,
		};
	}

	/** For controllers, which try again later. */
	#draftOrFail(manifest: unknown): Draft {
		const draft = this.draftOf(manifest);
		if ("mistakes" in draft) throw new SyncFailed(mistakesText(draft));
		return draft;
	}

	#specOf(kind: AnyKind, spec: unknown, path: readonly PropertyKey[]): { readonly value: unknown } | Refused {
		const checked = validate(kind.spec, spec, path);
		return checked.ok ? { value: checked.value } : { mistakes: checked.mistakes };
	}
}

/** The mistakes in one line, as the API server answers. */
export function mistakesText({ mistakes }: Refused): string {
	return mistakes.map(({ path, message }) => `${formatPath(path)}: ${message}`).join("; ");
}

function straightTo(server: ApiServer): ApiFront {
	return {
		create: (draft) => server.create(draft),
		replace: ({ kind }, changed) => server.patch(kind, keyOf(changed), () => changed),
		delete: (kind, key, options) => server.delete(kind, key, options),
	};
}

/** What of a manifest is looked at before its kind is known. */
interface Written {
	readonly kind?: string;
	readonly metadata?: {
		readonly namespace?: string;
		readonly name?: string;
		readonly labels?: Texts;
		readonly annotations?: Texts;
	};
	readonly spec?: unknown;
}
