// Made by `npm run build:native` from native/ and how it is compiled; not to be changed by hand.

/** The digest of the sources, in parts that a float holds exactly; the addon's ExplicitVersion gives the same. */
export const digest: readonly number[] = [6267178, 12782208];
