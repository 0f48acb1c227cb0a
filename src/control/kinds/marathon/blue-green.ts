/**
 * A blue-green deployment of an app behind marathon-lb, as its script zdd.py makes it: the new version runs as an app of its own beside the
 * present one, and takes over its instances a few at a time. `metadata.name` is the id of the new app.
 *
 * Source: marathon-lb, zdd.py (`--initial-instances`, `--new-instances`, `--step-delay`, `--max-wait`); docs/blue-green-deploy.md.
 */
import { z } from "zod";
import { orAbsent } from "../../../objects/absent.js";
import type { ApiObject } from "../../api-object.js";
import { defineKind } from "../kind.js";
import { idSchema } from "./path-id.js";

const count = z.int({ error: "expected a whole number" }).min(1, { error: "must be greater than or equal to 1" });
const seconds = z.number().min(0, { error: "must be greater than or equal to 0" });

const specSchema = z.strictObject({
	/** The app that is replaced (blue). */
	replaces: idSchema,
	/** What differs in the new one (green), as in the apps JSON. */
	changes: z.record(z.string(), z.unknown()),
	/** Instances that the new one has in the end (HAPROXY_DEPLOYMENT_TARGET_INSTANCES); as many as the old one if absent. */
	targetInstances: orAbsent(count, null),
	/** With how many the new one begins. */
	initialInstances: orAbsent(count, 1),
	/** A canary: with so many new ones it stops, and both go on (HAPROXY_DEPLOYMENT_NEW_INSTANCES); null goes on to the end. */
	newInstances: orAbsent(count, null),
	/** Between steps. */
	stepDelaySeconds: orAbsent(seconds, 5),
	/** How long an old instance answers what it has begun, once it gets no new requests; and how long that is waited for at most. */
	drainSeconds: orAbsent(seconds, 0),
	maxWaitSeconds: orAbsent(seconds, 300),
});

export type BlueGreenSpec = z.output<typeof specSchema>;

export interface BlueGreenStatus {
	readonly phase: "Begins" | "Grows" | "Drains" | "Kills" | "Done";
	/** Instances that there shall be in the end. */
	readonly target: number;
	/** How many each app is told to have. */
	readonly green: number;
	readonly blue: number;
}

export type BlueGreen = ApiObject<BlueGreenSpec, BlueGreenStatus>;

export const blueGreenKind = defineKind<BlueGreenSpec, BlueGreenStatus>({
	kind: "BlueGreen",
	summary:
		"A new version as an app of its own beside the present one, whose instances it takes over step by step (zdd.py of marathon-lb).",
	apiVersion: "marathon-lb/v1",
	names: ["bluegreen", "bluegreens"],
	namespaced: true,
	spec: specSchema,
	replicas: (_spec, { target, green, blue }) => ({
		declared: target,
		current: green + blue,
		updated: green,
		ready: green + blue,
		available: green + blue,
	}),
	status: { phase: "Begins", target: 0, green: 0, blue: 0 },
});
