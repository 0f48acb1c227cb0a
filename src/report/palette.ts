/** Colours of charts and figures, on white. */

export const INK = { strong: "#1f2328", soft: "#57606a", grid: "#e4e7eb", stripe: "#f6f7f9" } as const;

/** Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision. */
export const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"] as const;
