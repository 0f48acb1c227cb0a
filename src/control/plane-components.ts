/** What of a control plane can fail. Schedulers are those of the cell. */
export const PLANE_COMPONENTS = ["api-server", "store", "controller-manager", "scheduler"] as const;
export type PlaneComponent = (typeof PLANE_COMPONENTS)[number];
