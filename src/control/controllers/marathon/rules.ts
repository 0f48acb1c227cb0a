/**
 * What differs between versions of Marathon. Source: the release tags 1.1.1, 1.3, 1.5; of 1.7 only what is listed here
 * (unreachableStrategy, the operator IS) was looked up.
 */
import { SECOND, type SimTime } from "../../../engine/time.js";
import type { ConstraintOperator } from "../../../objects/attribute-constraints.js";

export const MARATHON_VERSIONS = ["1.1", "1.3", "1.5", "1.7"] as const;
export type MarathonVersion = (typeof MARATHON_VERSIONS)[number];

export interface UnreachableTimes {
	/** From when an agent is unreachable until a replacement is started, and until its instance is given up. */
	readonly inactiveUs: SimTime;
	readonly expungeUs: SimTime;
}

export interface MarathonRules {
	readonly version: MarathonVersion;
	readonly operators: readonly ConstraintOperator[];
	/** Whether an instance that was lost makes its app wait longer before the next launch. */
	readonly lossGrowsDelay: boolean;
	/** How long a delay is remembered once it is over. */
	readonly viableUs: SimTime;
	/** Whether it asks for no offers while it has nothing to launch. */
	readonly suppresses: boolean;
	/** Whether instances that an agent does not tell of are unreachable, and not lost. */
	readonly partitionAware: boolean;
	/** For apps that do not say: null is for ever. */
	readonly unreachable: { readonly resident: UnreachableTimes | null; readonly others: UnreachableTimes };
	/** Whether apps may say which instances go first. */
	readonly killSelection: boolean;
}

const FIRST: readonly ConstraintOperator[] = ["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE"];
const LATER: readonly ConstraintOperator[] = [...FIRST, "MAX_PER"];
const FIVE_AND_TEN_MINUTES: UnreachableTimes = { inactiveUs: 300 * SECOND, expungeUs: 600 * SECOND };
const AT_ONCE: UnreachableTimes = { inactiveUs: 0, expungeUs: 0 };

const RULES: Readonly<Record<MarathonVersion, Omit<MarathonRules, "version">>> = {
	"1.1": {
		operators: FIRST,
		lossGrowsDelay: true,
		viableUs: 0,
		suppresses: false,
		partitionAware: false,
		unreachable: { resident: null, others: AT_ONCE },
		killSelection: false,
	},
	"1.3": {
		operators: LATER,
		lossGrowsDelay: true,
		viableUs: 0,
		suppresses: true,
		partitionAware: false,
		unreachable: { resident: null, others: AT_ONCE },
		killSelection: false,
	},
	"1.5": {
		operators: LATER,
		lossGrowsDelay: false,
		viableUs: 60 * SECOND,
		suppresses: true,
		partitionAware: true,
		unreachable: { resident: null, others: FIVE_AND_TEN_MINUTES },
		killSelection: true,
	},
	"1.7": {
		operators: [...LATER, "IS"],
		lossGrowsDelay: false,
		viableUs: 60 * SECOND,
		suppresses: true,
		partitionAware: true,
		unreachable: { resident: null, others: AT_ONCE },
		killSelection: true,
	},
};

export function marathonRules(version: MarathonVersion): MarathonRules {
	return { version, ...RULES[version] };
}
