/** What of a control plane can fail. Schedulers are those of the cell. */
export const PLANE_COMPONENTS = ["api-server", "store", "controller-manager", "scheduler"] as const;
export type PlaneComponent = (typeof PLANE_COMPONENTS)[number];

/** What fails of a plane whose parts are one program (a swarm): its managers. */
export const MANAGER = "manager";
/** What fails of Mesos besides its frameworks: masters. */
export const MASTER = "master";
export const PLANE_PARTS = [...PLANE_COMPONENTS, MANAGER, MASTER] as const;
export type PlanePart = (typeof PLANE_PARTS)[number];
