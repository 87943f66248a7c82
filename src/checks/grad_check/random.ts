/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different whole numbers from 0 to `below` - 1 in increasing order; all of them when there are no more. */
export function sample(count: number, below: number, random: () => number): number[] {
  if (count >= below) return Array.from({length: below}, (_, i) => i);
  const chosen = new Set<number>();
  // Floyd's algorithm: no list of all numbers, no draw twice.
  for (let last = below - count; last < below; last++) {
    const drawn = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return [...chosen].sort((a, b) => a - b);
}
