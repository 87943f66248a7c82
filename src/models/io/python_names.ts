const camel = (name: string) => (name.length > 1 ? name.replace(/_+(\w|$)/g, (_, letter: string) => letter.toUpperCase()) : name);

/** A topology as Keras writes it (`class_name`) in the words of tfjs-layers (`className`); names of layers stay. */
export function fromPython(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return camel(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const holdsLayers = ['inboundNodes', 'inputLayers', 'outputLayers'].includes(key);
    return value.map((item, i) => (holdsLayers && i === 0 && typeof item === 'string' ? item : fromPython(item, key)));
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => {
    const word = camel(name);
    return [word, name === 'name' && typeof item === 'string' ? item : fromPython(item, word)];
  }));
}
