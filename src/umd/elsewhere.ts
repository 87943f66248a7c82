/** Stands for a part that only the full file holds, and says so as soon as it is used. */
export function elsewhere(part: string): object {
  return new Proxy({}, {
    get: (_, key) => {
      if (typeof key === 'symbol') return undefined;
      throw new Error(`tfjsExplicitLayers.${part} is not in tfjs-explicit-layers.min.js, which holds what trains a model. ` +
          'Load tfjs-explicit-layers.full.min.js instead.');
    },
  });
}
