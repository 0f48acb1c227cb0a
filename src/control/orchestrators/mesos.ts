import { z } from "zod";
import { durationSchema } from "../../objects/duration.js";
import { isMap, type PlainMap } from "../../objects/plain-data.js";
import { Mastership } from "../availability/master-election.js";
import { chronosApi } from "../controllers/chronos/api.js";
import { chronosJobs } from "../controllers/chronos/jobs.js";
import { type ChronosVersion, chronosRules } from "../controllers/chronos/rules.js";
import { CHRONOS, JOB } from "../controllers/chronos/runs.js";
import { marathonApi } from "../controllers/marathon/api.js";
import { appsOf } from "../controllers/marathon/apps.js";
import { blueGreens } from "../controllers/marathon/blue-green.js";
import { deploymentsOfApps } from "../controllers/marathon/deployments.js";
import { EngineRoom } from "../controllers/marathon/engine-room.js";
import { APP, MARATHON } from "../controllers/marathon/instances.js";
import { marathonLb, serviceNameOf } from "../controllers/marathon/load-balancer.js";
import { type MarathonVersion, marathonRules } from "../controllers/marathon/rules.js";
import { mesosAgents, PING_US } from "../controllers/mesos-agents.js";
import { Heartbeats, scattered } from "../heartbeats.js";
import { chronosJobKind } from "../kinds/chronos/job.js";
import { appKind } from "../kinds/marathon/app.js";
import { blueGreenKind } from "../kinds/marathon/blue-green.js";
import { marathonDeploymentKind } from "../kinds/marathon/deployment.js";
import { groupKind } from "../kinds/marathon/group.js";
import { absoluteId } from "../kinds/marathon/path-id.js";
import { namespaceKind } from "../kinds/namespace.js";
import { nodeKind } from "../kinds/node.js";
import { podKind } from "../kinds/pod.js";
import { MASTER, PLANE_COMPONENTS } from "../plane-components.js";
import { UNLIMITED } from "../token-bucket.js";
import { appOf } from "./mesos-application.js";
import { defineOrchestrator, versionSchema } from "./orchestrator.js";

/** Mesos' version stands for those of Marathon and Chronos, too. */
const VERSIONS = {
	"0.28": { marathon: "1.1", chronos: "2.4" },
	"1.0": { marathon: "1.3", chronos: "2.4" },
	"1.4": { marathon: "1.5", chronos: "3.0" },
	"1.11": { marathon: "1.7", chronos: "3.0" },
} as const satisfies Record<string, { readonly marathon: MarathonVersion; readonly chronos: ChronosVersion }>;

/** Marathon and Chronos. */
const FRAMEWORKS = 2;

/** Mesos (DC/OS): agents are offered to frameworks, of which Marathon keeps services up and Chronos runs jobs. */
export const mesos = defineOrchestrator({
	name: "mesos",
	summary:
		"Mesos with Marathon and Chronos (DC/OS): two-level offers, apps and their deployments, jobs by schedule or after others.",
	params: z.strictObject({
		version: versionSchema("mesos", ["0.28", "1.0", "1.4", "1.11"]),
		requestLatency: durationSchema
			.prefault("5ms")
			.describe("Time of a write to the store of a framework (ZooKeeper), and of a message to the master and back"),
		watchLatency: durationSchema
			.prefault("3ms")
			.describe("From then until the framework's other parts and the agents hear of it"),
		masters: z
			.int()
			.min(1)
			.default(1)
			.describe("Masters, of which one leads; the others take over one after the other"),
		registryLatency: durationSchema
			.prefault("100ms")
			.describe("What a new leading master takes to read the registry, before it answers anybody"),
		disableAfterFailures: z
			.int()
			.min(0)
			.default(0)
			.describe("Failures in a row after which Chronos disables a job; 0 for never (--disable_after_failures)"),
	}),
	kinds: [appKind, groupKind, marathonDeploymentKind, blueGreenKind, chronosJobKind, namespaceKind, nodeKind, podKind],
	defaults: ({ version }) => {
		const { suppresses } = marathonRules(VERSIONS[version].marathon);
		const marathon = { decline: "120s", unused: "0s", podsPerAgent: 5, revive: { every: "5s", times: 3 } };
		return {
			scheduling: {
				architecture: {
					name: "two-level",
					batching: "1s",
					agents: {
						minimum: { cpu: "10m", memory: "32Mi" },
						frameworks: {
							[MARATHON]: { ...marathon, suppress: suppresses },
							[CHRONOS]: { decline: "5s", unused: "5s", stopWithoutRoom: true, revive: { every: "5s" } },
						},
					},
				},
				schedulers: [
					{ name: MARATHON, scheduler: "marathon" },
					{ name: CHRONOS, scheduler: { name: "marathon", matching: "first" } },
				],
				queue: { retry: { place: "tail" } },
			},
			node: { termination: { takes: "0s" } },
		};
	},
	block: "marathon",
	parts: [...PLANE_COMPONENTS, MASTER],
	declare: (application) => [appOf(application)],
	services: { kind: "App", namesIn: servicesIn },
	rehearsal: ({ version }) => marathonApi(new EngineRoom(marathonRules(VERSIONS[version].marathon)), chronosApi),
	create: ({ version, requestLatency, watchLatency, ...params }, { random }) => {
		const { marathon, chronos } = VERSIONS[version];
		const rules = marathonRules(marathon);
		const room = new EngineRoom(rules);
		const mastership = new Mastership();
		const { masters, registryLatency: registryUs } = params;
		const heartbeats = new Heartbeats(scattered(PING_US, random.stream("control/pings")));
		return {
			controllers: [
				mesosAgents({
					heartbeats,
					mastership,
					random: random.stream("control/agent-returns"),
					losesTask: ({ metadata: { labels } }) =>
						labels[JOB] !== undefined || (labels[APP] !== undefined && !rules.partitionAware),
				}),
				deploymentsOfApps(room),
				appsOf(room),
				blueGreens(room),
				chronosJobs(chronosRules(chronos, params.disableAfterFailures)),
			],
			requestUs: requestLatency,
			watchUs: watchLatency,
			client: UNLIMITED,
			taintsNew: false,
			heartbeats,
			replicas: { masters: { masters, registryUs, frameworks: FRAMEWORKS, mastership } },
			front: marathonApi(room, chronosApi),
			backends: marathonLb(room),
		};
	},
});

/** Apps, alone or in groups. */
function servicesIn({ kind, metadata, spec }: PlainMap): readonly string[] {
	if (!isMap(metadata)) return [];
	const id = absoluteId(String(metadata["name"]), "/");
	if (kind === "App") return [serviceNameOf(id, labelsOf(spec))];
	if (kind === "BlueGreen" && isMap(spec)) return [serviceNameOf(id, labelsOf(spec["changes"]))];
	const group = kind === "Group" ? groupKind.spec.safeParse(spec) : null;
	if (group?.success !== true) return [];
	const base = id === "/" ? "" : id;
	return Object.entries(group.data.apps).map(([name, { labels }]) => serviceNameOf(base + name, labels));
}

function labelsOf(spec: unknown): Readonly<Record<string, string>> {
	const labels = isMap(spec) ? spec["labels"] : undefined;
	return isMap(labels) ? (labels as Readonly<Record<string, string>>) : {};
}
