/**
 * An orchestrator, as an experiment file asks for it: controllers, kinds of objects and constants under one name, and who schedules
 * and what nodes are like where the file does not say. One file defines one; versions are parameters.
 */

import { z } from "zod";
import type { RandomSource } from "../../engine/random.js";
import type { SimTime } from "../../engine/time.js";
import type { AnyDefinition, Definition } from "../../objects/definition.js";
import { isMap, type PlainMap } from "../../objects/plain-data.js";
import type { ApiServer } from "../api-server.js";
import type { Application, ApplicationBlock, DeclaredObject } from "../application.js";
import type { ClusterAccess } from "../autoscaling/cluster-access.js";
import type { AgentTimes, ApiFront, MakeBackends, PlaneReplicas } from "../control-plane.js";
import type { MakeController } from "../controller.js";
import type { PodUsage, UsageMark } from "../controllers/horizontal-pod-autoscaler/horizontal-pod-autoscaler.js";
import type { Heartbeats } from "../heartbeats.js";
import type { AnyKind } from "../kinds/kind.js";
import type { PlanePart } from "../plane-components.js";
import type { RateLimit } from "../token-bucket.js";

/** One at work: what a control plane is made of. */
export interface Orchestrator {
	readonly controllers: readonly MakeController[];
	/** From a request's start to its commit, and from there until those who watch hear of it. */
	readonly requestUs: SimTime;
	readonly watchUs: SimTime;
	/** What a write occupies the store for; default 0: it takes any number at once. */
	readonly serviceUs?: SimTime;
	/** How schedulers and nodes hear of pods and report; default as any watch and request. */
	readonly agents?: AgentTimes;
	/** Of each controller. */
	readonly client: RateLimit;
	/** Programs of their own that run controllers, by name. */
	readonly components?: Readonly<Record<string, readonly MakeController[]>>;
	/** Of how many replicas its parts are made; default one of each. */
	readonly replicas?: PlaneReplicas;
	/** The leases of nodes, for whoever watches over them; absent if nobody does. */
	readonly heartbeats?: Heartbeats;
	/** Whether new nodes have a taint until a controller takes it off; default where there are heartbeats. */
	readonly taintsNew?: boolean;
	/** Who tells the cell where requests to services shall go; default as in Kubernetes. */
	readonly backends?: MakeBackends;
	/** What is there before anybody declares anything; default nothing. */
	readonly initial?: readonly unknown[];
	/** What the actions cordon, uncordon and drain write to a node's object (null: the pods are evicted); default as kubectl. */
	readonly availability?: (action: "cordon" | "uncordon" | "drain") => unknown;
	/** Takes what users write; absent if the API server does. */
	readonly front?: (server: ApiServer) => ApiFront;
}

/** What an orchestrator is made from besides its parameters. */
export interface OrchestratorContext {
	readonly random: RandomSource;
	/** What pods use, for those who go by it. */
	readonly usageOf: PodUsage;
	/** When that may be another; absent: nobody can tell. */
	readonly usageMarkOf?: UsageMark;
	/** Kinds that controllers of the user's bring. */
	readonly kinds: readonly AnyKind[];
	/** For whoever brings nodes and gives them back. */
	readonly access: () => ClusterAccess;
}

/** What an experiment file says unless it says something else, in its own words. */
export interface OrchestratorDefaults {
	/** `spec.scheduling`. A file that names its own schedulers gets no `queue` from here: the queue goes with the scheduler. */
	readonly scheduling: PlainMap;
	/** `spec.node`. */
	readonly node: PlainMap;
}

interface Bundle<Parameters> {
	/** What can be declared to it, nodes and namespaces among them. */
	readonly kinds: readonly AnyKind[];
	readonly defaults: (params: Parameters) => OrchestratorDefaults;
	/** Which block of an application is meant for it. */
	readonly block: ApplicationBlock;
	/** The objects that an application is; the first is the one that its block refines. */
	readonly declare: (application: Application, params: Parameters) => readonly DeclaredObject[];
	/** What of its plane can fail; default what Kubernetes' is made of. */
	readonly parts?: readonly PlanePart[];
	/** What requests can be sent to. */
	readonly services: ServicesDeclared;
	/** Who takes what users write, for trying that before a run; absent: it is not tried. */
	readonly rehearsal?: (params: Parameters) => (server: ApiServer) => ApiFront;
	/** What its version does not have yet of an object that is right otherwise: where, and what to say; absent for nothing. */
	readonly refuses?: (object: DeclaredObject, params: Parameters) => readonly Refusal[];
}

export interface ServicesDeclared {
	/** Of the objects that users would declare for that. */
	readonly kind: string;
	/** Names of the services, in the namespace of the object, that one declares as it is written; none if it is of other kinds. */
	readonly namesIn: (object: PlainMap) => readonly string[];
}

/** Every object of a kind is a service of its name. */
export function servicesOfKind(kind: string): ServicesDeclared {
	return {
		kind,
		namesIn: (object) =>
			object["kind"] === kind && isMap(object["metadata"]) ? [String(object["metadata"]["name"])] : [],
	};
}

export interface Refusal {
	readonly path: readonly string[];
	readonly message: string;
}

export type OrchestratorDefinition<Parameters> = Definition<Parameters, Orchestrator, OrchestratorContext> &
	Bundle<Parameters>;

/** What a registry holds. */
// biome-ignore lint/suspicious/noExplicitAny: the parameter type is erased here, and checked by `params` at the edge.
export type AnyOrchestrator = AnyDefinition<Orchestrator, OrchestratorContext> & Bundle<any>;

export function defineOrchestrator<Parameters>(
	definition: OrchestratorDefinition<Parameters>,
): OrchestratorDefinition<Parameters> {
	return definition;
}

/** The parameter `version` of an orchestrator: a text, or a number as YAML reads 1.4. The last one is the default. */
export function versionSchema<const Versions extends readonly [string, ...string[]]>(name: string, versions: Versions) {
	return z
		.union([z.string(), z.number()])
		.transform((written, context): Versions[number] => {
			const version = String(written);
			if (versions.includes(version)) return version;
			const message = `${name} is not known in version ${version}: expected ${versions.join(", ")}`;
			context.addIssue({ code: "custom", message });
			return z.NEVER;
		})
		.prefault(versions.at(-1)!)
		.describe(`Whose rules and constants: ${versions.join(", ")}`);
}
