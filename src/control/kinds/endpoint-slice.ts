/** Which pods serve a Service: written by the EndpointSlice controller, never by users. */
import type { ApiObject } from "../api-object.js";

/** A pod behind a Service. */
export interface Endpoint {
	/** Key of the pod. */
	readonly pod: string;
	/** It serves, and is not on its way out. */
	readonly ready: boolean;
	/** Its condition Ready, on its way out or not. */
	readonly serving: boolean;
	readonly terminating: boolean;
}

export interface EndpointSliceSpec {
	/** At most 100, told apart by pod. */
	readonly endpoints: readonly Endpoint[];
}

export type EndpointSlice = ApiObject<EndpointSliceSpec, null>;
