/** One of seedrandom's generators by itself: the package's own entry loads all of them, and Node.js' crypto. */
declare module "seedrandom/lib/tychei.js" {
	export default function tychei(seed: string): { double(): number };
}
