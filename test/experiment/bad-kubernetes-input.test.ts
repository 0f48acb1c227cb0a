/** Mistakes in what a pod demands of kube-scheduler: object, field, line; nothing runs. The same in a dump and beside an experiment. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assemble } from "../../src/experiment/assemble.js";
import type { DiagnosticError } from "../../src/experiment/file/diagnostics.js";
import { prepareExperiment } from "../../src/experiment/prepare.js";
import type { InputError } from "../../src/objects/input-error.js";
import { ImportReport } from "../../src/workload/arrivals.js";
import { experimentText, temporaryFolder } from "../support/experiment-files.js";

const folder = temporaryFolder("bad-kubernetes");

const pod = (spec: string) => `kind: Pod
metadata: {name: p, namespace: shop}
spec:
  containers: [{}]
${spec
	.trim()
	.split("\n")
	.map((line) => `  ${line}\n`)
	.join("")}`;

const term = (fields: string) => `affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - {topologyKey: zone, ${fields}}`;

const nodeTerms = (expression: string) => `affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions: [${expression}]`;

const preferred = (weight: string) => `affinity:
  nodeAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: ${weight}
        preference: {}
  podAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: ${weight}
        podAffinityTerm: {topologyKey: zone}`;

const spread = (fields: string) => `topologySpreadConstraints:
  - {topologyKey: zone, whenUnsatisfiable: DoNotSchedule, ${fields}}`;

/** A document, and what is said of it: `line: message`, lines of the document. */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
	[
		"a selector that cannot be parsed",
		pod(
			term(
				'labelSelector: {matchLabels: {"a b": web}, matchExpressions: [{key: x.Y/app, operator: In, values: [ok, "-no"]}]}',
			),
		),
		[
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchLabels[\"a b\"]: 'a b' is no key of a label: up to 63 letters, digits, '-', '_' and '.', with or without a domain in front, such as example.com/app",
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].key: 'x.Y/app' is no key of a label: up to 63 letters, digits, '-', '_' and '.', with or without a domain in front, such as example.com/app",
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].values[1]: '-no' is no value of a label: up to 63 letters, digits, '-', '_' and '.', the first and the last a letter or a digit",
		],
	],
	[
		"weights of preferred terms outside 1 to 100",
		pod(preferred("101")),
		[
			"8: Pod shop/p: spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at most 100, got 101",
			"12: Pod shop/p: spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at most 100, got 101",
		],
	],
	[
		"a weight of 0",
		pod(preferred("0")),
		[
			"8: Pod shop/p: spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at least 1, got 0",
			"12: Pod shop/p: spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: must be at least 1, got 0",
		],
	],
	[
		"In without values",
		pod(nodeTerms("{key: disk, operator: In}")),
		[
			"9: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]: missing 'values': In needs at least one value",
		],
	],
	[
		"Exists with values",
		pod(nodeTerms("{key: disk, operator: Exists, values: [ssd]}")),
		[
			"9: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Exists takes no values: leave them out",
		],
	],
	[
		"Gt with text in two values",
		pod(nodeTerms('{key: cores, operator: Gt, values: ["4", "8"]}')),
		[
			"9: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Gt needs exactly one value, got 2",
		],
	],
	[
		"an operator that there is not",
		pod(nodeTerms("{key: disk, operator: Is, values: [ssd]}")),
		[
			"9: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator: expected In, NotIn, Exists, DoesNotExist, Gt or Lt, got 'Is'; did you mean 'In'?",
		],
	],
	[
		"a field that nodes cannot be chosen by",
		pod(nodeTerms("").replace("matchExpressions: []", "matchFields: [{key: metadata.uid, operator: In, values: [x]}]")),
		[
			"9: Pod shop/p: spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: the only field a node can be chosen by is metadata.name",
		],
	],
	[
		"a selector that is no map",
		pod(term("labelSelector: app=web")),
		[
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: expected a map, got 'app=web'",
		],
	],
	[
		"a selector with a number for a label",
		pod(term("labelSelector: {matchLabels: {tier: 1}}")),
		[
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchLabels.tier: labels are text: put quotes around 1",
		],
	],
	[
		"a selector with an operator of nodes",
		pod(term("labelSelector: {matchExpressions: [{key: tier, operator: Lt, values: ['1']}]}")),
		[
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].operator: expected In, NotIn, Exists or DoesNotExist, got 'Lt'",
		],
	],
	[
		"a term without a topology key",
		pod(term("labelSelector: {}").replace("topologyKey: zone, ", "")),
		[
			"8: Pod shop/p: spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]: missing 'topologyKey': a pod affinity term needs a topologyKey, such as kubernetes.io/hostname",
		],
	],
	[
		"maxSkew 0",
		pod(spread("maxSkew: 0")),
		[
			"6: Pod shop/p: spec.topologySpreadConstraints[0].maxSkew: must be at least 1: how many more matching pods one domain may have than another",
		],
	],
	[
		"maxSkew missing, minDomains 0",
		pod(spread("minDomains: 0")),
		[
			"6: Pod shop/p: spec.topologySpreadConstraints[0]: missing 'maxSkew': expected a whole number",
			"6: Pod shop/p: spec.topologySpreadConstraints[0].minDomains: must be at least 1, got 0",
		],
	],
	[
		"a budget whose selector cannot be read",
		"kind: PodDisruptionBudget\napiVersion: policy/v1\nmetadata: {name: b}\nspec:\n  selector: {matchExpressions: [{key: app, operator: In}]}\n",
		["5: PodDisruptionBudget b: spec.selector.matchExpressions[0]: missing 'values': In needs at least one value"],
	],
	[
		"a pod group that misspells what it needs",
		"kind: PodGroup\napiVersion: scheduling.x-k8s.io/v1alpha1\nmetadata: {name: g, namespace: shop}\nspec: {minMember: 0, minMembers: 4}\n",
		[
			"4: PodGroup shop/g: spec.minMember: must be at least 1, got 0",
			"4: PodGroup shop/g: spec.minMembers: unknown key 'minMembers'; did you mean 'minMember'?",
		],
	],
	[
		"a pod group that needs what there is not, and waits for no time",
		"kind: PodGroup\napiVersion: scheduling.x-k8s.io/v1alpha1\nmetadata: {name: g}\nspec:\n  minMember: 4\n  minResources: {cpus: 4}\n  scheduleTimeoutSeconds: 1m\n",
		[
			"6: PodGroup g: spec.minResources.cpus: 'cpus' is not a resource: write cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain such as example.com/cpus",
			"7: PodGroup g: spec.scheduleTimeoutSeconds: expected a whole number, got '1m'",
		],
	],
	[
		"a workload whose policies are none",
		"kind: Workload\napiVersion: scheduling.k8s.io/v1alpha1\nmetadata: {name: w, namespace: shop}\nspec:\n  podGroups:\n    - {name: a, policy: {gang: {minCount: 0}}}\n    - {name: b, policy: {}}\n    - {name: c, policy: {basic: {}, gang: {minCount: 2}}}\n",
		[
			"6: Workload shop/w: spec.podGroups[0].policy.gang.minCount: must be at least 1, got 0",
			"7: Workload shop/w: spec.podGroups[1].policy: a policy is missing: write either basic: {} or gang: {minCount: 4}",
			"8: Workload shop/w: spec.podGroups[2].policy: there are two policies: write either basic: {} or gang: {minCount: 4}",
		],
	],
	[
		"a workload that names a pod group twice",
		"kind: Workload\napiVersion: scheduling.k8s.io/v1alpha1\nmetadata: {name: w}\nspec:\n  podGroups:\n    - {name: a, policy: {basic: {}}}\n    - {name: a, policy: {gang: {minCount: 2}}}\n",
		["7: Workload w: spec.podGroups[1].name: there are two pod groups 'a'"],
	],
	[
		"a quota with a limit that is none",
		"kind: ElasticQuota\napiVersion: scheduling.x-k8s.io/v1alpha1\nmetadata: {name: q, namespace: shop}\nspec:\n  min: {cpu: four}\n  limits: {cpu: 4}\n",
		[
			"5: ElasticQuota shop/q: spec.min.cpu: 'four' is not a quantity: write a number with a suffix such as 500m, 2, 1.5Gi or 1e3",
			"6: ElasticQuota shop/q: spec.limits: unknown key 'limits'; allowed: max",
		],
	],
];

const head = experimentText(`
cluster: {nodeGroups: [{name: n, count: 1, template: {status: {allocatable: {cpu: "4"}}}}]}
scheduling: {architecture: monolithic, schedulers: [{scheduler: kube-scheduler}]}
`);

test.each(CASES)("%s", async (_name, document, expected) => {
	const beside = `${head}---\n{kind: Pod, metadata: {name: other}, spec: {containers: [{}]}}\n---\n`;
	writeFileSync(join(folder, "e.yaml"), beside + document);
	const diagnostics = await prepareExperiment(join(folder, "e.yaml")).then(
		() => [],
		(error) => (error as DiagnosticError).diagnostics,
	);
	const lines = beside.split("\n").length - 1;
	expect(diagnostics.map(({ line, message }) => `${line - lines}: ${message}`)).toEqual(expected);

	writeFileSync(join(folder, "dump.yaml"), document);
	const imported = `${head}  workloads: [{name: w, source: {format: kubernetes, path: dump.yaml}}]\n`;
	writeFileSync(join(folder, "e.yaml"), imported);
	const { plans } = await prepareExperiment(join(folder, "e.yaml"));
	const failure: InputError = await assemble(plans[0]!, new ImportReport()).catch((error) => error);
	const errors = [failure, ...failure.others].sort((a, b) => a.position!.line - b.position!.line);
	expect(errors.map(({ message, position }) => `${position!.line}: ${message}`)).toEqual(expected);
	expect(failure.position!.file).toBe(join(folder, "dump.yaml"));
});
