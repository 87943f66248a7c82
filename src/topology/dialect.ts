/** A JSON object. */
export type JsonObject = {[key: string]: unknown};

/** Keras writes two kinds of configurations: that of Keras 3, and that of Keras 2 (tf_keras, legacy .h5). */
export type Generation = 2 | 3;

/** The value of a key that an object has itself: 'constructor' and '__proto__' are words like others in a file. */
export function own<T>(table: {readonly [key: string]: T}, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** True for a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The class and the configuration of an object in Keras's JSON; a word is a class without configuration. */
export function classAndConfig(value: unknown): {className: string, config: JsonObject} | null {
  if (typeof value === 'string') return {className: value, config: {}};
  if (!isObject(value) || typeof value['class_name'] !== 'string') return null;
  return {
    className: value['class_name'].replace(/^Custom>/, ''),
    config: isObject(value['config']) ? value['config'] : {},
  };
}

/** An object as Keras writes it. */
export function kerasObject(generation: Generation, module: string, className: string, config: JsonObject): JsonObject {
  return generation === 3 ? {module, class_name: className, config, registered_name: null} :
                            {class_name: className, config};
}

/** JSON in which a learning rate is a float, as Keras 3 asks. */
export function kerasJson(value: unknown): string {
  return JSON.stringify(value).replace(/"learning_rate":(\d+)(?=[,}])/g, '"learning_rate":$1.0');
}
