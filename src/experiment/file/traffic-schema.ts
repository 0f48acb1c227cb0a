/** `spec.traffic`: requests that are sent to services, what they cost, and the way that they take. */
import { z } from "zod";
import { durationDistribution } from "../../objects/distribution-schema.js";
import { durationSchema, positiveDuration } from "../../objects/duration.js";
import type { Rate, RatePart } from "../../traffic/rate.js";
import { diurnalRate } from "../../workload/synthetic/arrival.js";

/** Requests beyond which counts are no longer exact, in a run of a year. */
const MOST_PER_SECOND = 1_000_000;

const perSecond = z.number().min(0).max(MOST_PER_SECOND).describe("requests per second");
const hop = (description: string) => durationSchema.prefault("0s").describe(description);

const spike = z
	.strictObject({ at: durationSchema.describe("when it begins"), for: positiveDuration, ratePerSecond: perSecond })
	.describe("more requests for a time, beside the others");

const steps = z
	.array(z.tuple([durationSchema, perSecond]))
	.min(1)
	.superRefine((points, context) => {
		points.forEach(([atUs], i) => {
			if (i === 0 || atUs > points[i - 1]![0]) return;
			const message = "the steps are not sorted: each time must be later than the one before";
			context.addIssue({ code: "custom", path: [i, 0], message });
		});
	})
	.describe("[time, requests per second] from each time on; none before the first");

const courses = { constant: perSecond, diurnal: diurnalRate, spike, steps } as const;

const part = z
	.strictObject({
		constant: courses.constant.optional(),
		diurnal: courses.diurnal.optional(),
		spike: courses.spike.optional(),
		steps: courses.steps.optional(),
	})
	.refine((given) => Object.values(given).filter((course) => course !== undefined).length === 1, {
		error: `exactly one course is needed: ${Object.keys(courses).join(", ")}`,
	})
	.transform(partOf);

const rate = z
	.array(part)
	.min(1)
	.transform((parts): Rate => parts)
	.describe("Requests per second over the time of the run: courses, which are added up");

const request = z
	.strictObject({
		cpu: positiveDuration
			.prefault("5ms")
			.describe(
				"CPU time of a request on average, of one CPU; the template of a pod may say otherwise (cellsim.io/request-cpu)",
			),
		wait: durationSchema
			.prefault("0s")
			.describe("What it waits for besides, such as a database (cellsim.io/request-wait)"),
		errors: z
			.number()
			.min(0)
			.max(1)
			.prefault(0)
			.describe("Share of the answers that are errors (cellsim.io/request-errors)"),
		timeout: positiveDuration.prefault("1s").describe("How long its client waits for the answer"),
		backlog: z
			.int()
			.min(1)
			.max(1_000_000)
			.prefault(512)
			.describe("Requests that a pod takes at a time, those at work included; more are turned away"),
		objective: positiveDuration.describe("How long an answer may take: others count as slow").optional(),
	})
	.describe("What a request costs, and what its client expects");

const path = z
	.strictObject({
		client: hop("From the client to the cluster, both ways"),
		loadBalancer: hop("Through a load balancer before the cluster"),
		ingress: hop("Through an ingress or gateway"),
		nodePort: hop("From the node that it comes in at to the node of the pod"),
		kubeProxy: hop("Through the rules of kube-proxy"),
		routingMesh: hop("Through the routing mesh of Docker Swarm"),
		podNetwork: hop("Over the network of pods: an overlay, a bridge"),
	})
	.describe("The way to a pod and back: time that each hop adds to every request");

const proxies = z
	.strictObject({
		count: z
			.int()
			.min(1)
			.max(31)
			.prefault(1)
			.describe("Proxies that hear of changes at times of their own; each gets an equal share of the requests"),
		delay: durationDistribution
			.prefault("100ms")
			.describe("From a change of the endpoints until a proxy has heard of it and could write its rules"),
		minSync: durationSchema
			.prefault("1s")
			.describe("At least so long from one writing of its rules to the next (minSyncPeriod of kube-proxy)"),
	})
	.describe("Who deals requests out to endpoints, and when they know of changes");

const entry = z
	.strictObject({
		name: z.string().min(1).describe("Its name in metrics; default that of the service or route").optional(),
		service: z.string().min(1).describe("The service that the requests go to").optional(),
		route: z.string().min(1).describe("Instead, the HTTPRoute that divides them among services").optional(),
		namespace: z.string().min(1).prefault("default").describe("Where that is"),
		rate,
		noise: z
			.enum(["none", "poisson"])
			.prefault("none")
			.describe("poisson: how many come in a window is drawn at random, independent of others"),
		request: request.prefault({}),
		path: path.prefault({}),
		proxies: proxies.prefault({}),
		window: positiveDuration
			.prefault("10s")
			.describe("Requests are counted, and their rate goes on, in windows of this length"),
	})
	.superRefine(({ service, route }, context) => {
		if ((service === undefined) !== (route === undefined)) return;
		context.addIssue({ code: "custom", message: "needs either 'service' or 'route'", params: { at: "key" } });
	})
	.transform(({ name, ...rest }) => ({ name: name ?? rest.service ?? rest.route ?? "", ...rest }));

export const trafficSchema = z
	.array(entry)
	.describe("Requests that are sent to the services of the control plane, and lost or late where those do not keep up");

function partOf({
	constant,
	diurnal,
	spike,
	steps,
}: {
	readonly constant?: number | undefined;
	readonly diurnal?: z.output<typeof diurnalRate> | undefined;
	readonly spike?: z.output<typeof courses.spike> | undefined;
	readonly steps?: z.output<typeof courses.steps> | undefined;
}): RatePart {
	if (constant !== undefined) return { kind: "constant", perSecond: constant };
	if (diurnal !== undefined) {
		const { ratePerSecond, amplitude, period, peakAt } = diurnal;
		return { kind: "diurnal", perSecond: ratePerSecond, amplitude, periodUs: period, peakAtUs: peakAt };
	}
	if (spike !== undefined) return { kind: "spike", atUs: spike.at, forUs: spike.for, perSecond: spike.ratePerSecond };
	return { kind: "steps", steps: (steps ?? []).map(([fromUs, perSecond]) => ({ fromUs, perSecond })) };
}
