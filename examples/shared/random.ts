export {seeded as seededRandom} from '../../src/checks/grad_check/random';

/** The numbers 0..size-1 in random order (Fisher and Yates). */
export function shuffled(size: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({length: size}, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1));
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
  return order;
}
