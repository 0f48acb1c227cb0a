/**
 * What Kubernetes has no field for: how long the pods of a template run, and how long they take over starting, serving and leaving. It is
 * written as annotations of the template, so that a manifest stays what kubectl takes.
 */
import type { z } from "zod";
import type { PodArrival, PodServing, PodTiming } from "../objects/arrival.js";
import { parseDuration } from "../objects/duration.js";
import type { PodSpec } from "../objects/spec.js";
import type { Texts } from "./api-object.js";

/** Each with what it says. */
export const POD_ANNOTATIONS = {
	"cellsim.io/run-time": "how long its pods run once started; forever if absent",
	"cellsim.io/exit": "how the run ends: succeeded (if absent), failed, or an exit code from 0 to 255",
	"cellsim.io/start-after": "from the binding of a pod until it runs; as for every other pod of its node if absent",
	"cellsim.io/ready-after":
		"from the start of a pod until it is ready; the initial delay of its readiness probes if absent; never: it is not",
	"cellsim.io/stop-after": "from SIGTERM until a pod is gone; as for every other pod if absent",
	"cellsim.io/request-cpu": "CPU time that a request to it takes; as spec.traffic says if absent",
	"cellsim.io/request-wait": "what a request to it waits for besides; as spec.traffic says if absent",
	"cellsim.io/request-errors": "share of its answers that are errors, from 0 to 1; as spec.traffic says if absent",
	"cellsim.io/constraints":
		"what its pods demand of each other's machines, as Marathon's scheduler reads it: written by Marathon",
} as const;

type Name = keyof typeof POD_ANNOTATIONS;

/** Complains about annotations that nobody would understand. */
export function checkPodAnnotations(annotations: Texts, context: z.RefinementCtx, path: readonly PropertyKey[]): void {
	for (const [name, text] of Object.entries(annotations)) {
		if (!name.startsWith("cellsim.io/")) continue;
		const message = problemOf(name, text);
		if (message !== null) context.addIssue({ code: "custom", path: [...path, name], message, input: text });
	}
}

function problemOf(name: string, text: string): string | null {
	if (!Object.hasOwn(POD_ANNOTATIONS, name))
		return `unknown annotation '${name}': expected one of ${Object.keys(POD_ANNOTATIONS).join(", ")}`;
	if (name === "cellsim.io/exit")
		return exitCodeOf(text) === null
			? `'${text}' is neither succeeded nor failed nor an exit code from 0 to 255`
			: null;
	if (name === "cellsim.io/request-errors")
		return shareOf(text) === null ? `'${text}' is no share from 0 to 1, such as 0.05` : null;
	if (name === "cellsim.io/request-cpu" && text === "0s") return "a request takes some CPU time, such as 1ms";
	if (name === "cellsim.io/ready-after" && text === "never") return null;
	if (name === "cellsim.io/run-time" && text === "forever") return null;
	try {
		parseDuration(text);
		return null;
	} catch {
		return `'${text}' is not a duration such as 30s`;
	}
}

/** What a pod with these annotations is when it is run. */
export function arrivalWith(
	spec: PodSpec,
	annotations: Texts,
): Omit<PodArrival, "name"> & { readonly exitCode: number } {
	const us = (name: Name) => (annotations[name] === undefined ? undefined : parseDuration(annotations[name]));
	const exitCode = exitCodeOf(annotations["cellsim.io/exit"] ?? "succeeded")!;
	const runTime = annotations["cellsim.io/run-time"] ?? "forever";
	const startUs = us("cellsim.io/start-after");
	const stopUs = us("cellsim.io/stop-after");
	const timing: PodTiming = {
		readyUs: readyAfter(spec, annotations["cellsim.io/ready-after"]),
		...(startUs !== undefined && { startUs }),
		...(stopUs !== undefined && { stopUs }),
	};
	const cpuUs = us("cellsim.io/request-cpu");
	const waitUs = us("cellsim.io/request-wait");
	const errors = shareOf(annotations["cellsim.io/request-errors"] ?? "");
	const serving: PodServing = {
		...(cpuUs !== undefined && { cpuUs }),
		...(waitUs !== undefined && { waitUs }),
		...(errors !== null && { errors }),
	};
	return {
		spec,
		durationUs: runTime === "forever" ? Number.POSITIVE_INFINITY : parseDuration(runTime),
		exit: exitCode === 0 ? "succeeded" : "failed",
		exitCode,
		cpuUsageFraction: 1,
		memoryUsageFraction: 1,
		observedStartUs: Number.NaN,
		censored: false,
		timing,
		...(Object.keys(serving).length > 0 && { serving }),
	};
}

/** Null for what is none. */
function exitCodeOf(text: string): number | null {
	if (text === "succeeded") return 0;
	if (text === "failed") return 1;
	return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : null;
}

/** Null for what is none. */
function shareOf(text: string): number | null {
	return /^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : null;
}

function readyAfter({ run }: PodSpec, given: string | undefined): number {
	if (given === "never") return Number.POSITIVE_INFINITY;
	if (given !== undefined) return parseDuration(given);
	const delays = run?.containers.map(({ readinessProbe }) => readinessProbe?.initialDelayUs ?? 0) ?? [];
	return Math.max(0, ...delays);
}
