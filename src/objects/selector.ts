export interface NodeSelectorTerm {
	readonly placeholder?: never;
}
export interface PreferredNodeTerm {
	readonly placeholder?: never;
}
