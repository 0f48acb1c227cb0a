/** From the part of a plan that declares traffic to requests on their way, and what of it only the whole file can know. */
import type { Cell } from "../cell/cell.js";
import type { AnyKind } from "../control/kinds/kind.js";
import { orchestrators } from "../control/orchestrators/index.js";
import { type ServicesDeclared, servicesOfKind } from "../control/orchestrators/orchestrator.js";
import type { Engine } from "../engine/engine.js";
import type { RandomSource } from "../engine/random.js";
import type { SimTime } from "../engine/time.js";
import type { Mistake } from "../objects/issues.js";
import { isMap, type PlainMap } from "../objects/plain-data.js";
import { suggest } from "../objects/suggest.js";
import { type PodMachines, Traffic, type TrafficOptions } from "../traffic/traffic.js";
import { controlObjects } from "./file/control-objects.js";
import type { Spec } from "./registries.js";

const ROUTES = servicesOfKind("HTTPRoute");

/** Makes who sends the requests of a run. `phase`: of its events; `machines`: null where nodes are not simulated in full. */
export type MakeTraffic = (engine: Engine, cell: Cell, phase: number, machines: PodMachines | null) => Traffic;

/** Null for nobody. */
export function trafficOf(
	{ traffic }: Pick<Spec, "traffic">,
	random: RandomSource,
	endUs: SimTime,
): MakeTraffic | null {
	if (traffic.length === 0) return null;
	const entries = traffic.map(optionsOf);
	return (engine, cell, phase, machines) => new Traffic(engine, cell, entries, { phase, random, endUs, machines });
}

/** What is wrong with the traffic of a run in a file with these Kubernetes documents. */
export function trafficMistakes(
	{ traffic, orchestrator, clock, actions, applications }: Spec,
	documents: readonly unknown[],
): readonly Mistake[] {
	if (traffic.length === 0) return [];
	const whole = (message: string): Mistake => ({ path: ["spec", "traffic"], at: "key", message });
	if (orchestrator === undefined)
		return [whole("requests go to services of a control plane: add spec.orchestrator: kubernetes")];
	const endless =
		clock.end === undefined ? [whole("requests come for ever: give the experiment an end (clock.end)")] : [];
	const { kinds, services } = orchestrators.all.get(orchestrator.name)!;
	const declared = declaredObjects(actions, documents, kinds);
	const unknown = traffic.flatMap(({ service, route, namespace }, i): Mistake[] => {
		const [{ kind, namesIn }, field, name] =
			service === undefined ? [ROUTES, "route", route!] : [services, "service", service];
		const ofApplications = field === "service" && namespace === "default" ? applications : [];
		const names = [...namesOf(declared, namesIn, namespace), ...ofApplications.map((application) => application.name)];
		if (names.includes(name)) return [];
		const hint = suggest(name, names, "declared here");
		const message = `there is no ${kind} '${name}' in namespace '${namespace}': declare it beside the experiment, or by an action`;
		return [{ path: ["spec", "traffic", i, field], at: "value", message, ...(hint === undefined ? {} : { hint }) }];
	});
	return [...endless, ...unknown];
}

/**
 * Services for the applications that requests are sent to, where there are none of these names: what one would declare to Kubernetes
 * beside them. Other orchestrators make a service of an application anyway.
 */
export function servicesOfApplications(
	{ traffic, orchestrator, applications, actions }: Pick<Spec, "traffic" | "orchestrator" | "applications" | "actions">,
	documents: readonly unknown[],
): readonly PlainMap[] {
	if (orchestrator?.name !== "kubernetes") return [];
	const { kinds, services } = orchestrators.all.get(orchestrator.name)!;
	const declared = namesOf(declaredObjects(actions, documents, kinds), services.namesIn, "default");
	const wanted = new Set(traffic.flatMap(({ service, namespace }) => (namespace === "default" ? [service] : [])));
	return applications
		.filter(({ name }) => wanted.has(name) && !declared.includes(name))
		.map(({ name }) => ({
			apiVersion: "v1",
			kind: "Service",
			metadata: { name },
			spec: { selector: { app: name } },
		}));
}

/** Objects beside the experiment and those that actions create. `kinds`: those of the orchestrator. */
function declaredObjects(
	actions: Spec["actions"],
	documents: readonly unknown[],
	kinds: readonly AnyKind[],
): readonly PlainMap[] {
	const created = actions.flatMap((action) => (action.action === "create" ? [action.manifest] : []));
	return controlObjects([...documents, ...created], kinds).map(({ object }) => object);
}

/** Of those in a namespace. */
function namesOf(
	objects: readonly PlainMap[],
	namesIn: ServicesDeclared["namesIn"],
	namespace: string,
): readonly string[] {
	return objects.flatMap((object) => {
		const { metadata } = object;
		return isMap(metadata) && (metadata["namespace"] ?? "default") === namespace ? namesIn(object) : [];
	});
}

function optionsOf(entry: Spec["traffic"][number]): TrafficOptions {
	const { name, namespace, service, route, rate, noise, request, path, proxies, window } = entry;
	const { cpu, wait, errors, timeout, backlog, objective = null } = request;
	return {
		name,
		target: service === undefined ? { route: `${namespace}/${route}` } : { service: `${namespace}/${service}` },
		rate,
		noise,
		serving: { cpuUs: cpu, waitUs: wait, errors },
		most: backlog,
		timeoutUs: timeout,
		objectiveUs: objective,
		pathUs: Object.values(path).reduce((sum, us) => sum + us, 0),
		proxies: { count: proxies.count, delayUs: proxies.delay, minSyncUs: proxies.minSync },
		windowUs: window,
	};
}
