import * as tf from '@tensorflow/tfjs-core';
import type {serialization} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {show} from '../../validate';
import {checkNoGraph} from '../graph_model';
import {repairKeras3} from './keras3';
import {fromPython} from './python_names';
import type {Json, JsonObject} from './python_names';

type LayerConfig = {className: string, name?: string, config: {[key: string]: unknown}};

/**
 * Makes the model of a topology, its weights not set yet.
 * @param fast skip the initialisers, for weights that are set right after
 * @throws If it is no topology of layers, or a layer cannot be made; nothing is left behind then.
 */
export function buildModel(label: string, topology: JsonObject | ArrayBuffer | undefined, fast: boolean): LayersModel {
  if (topology === undefined || topology === null) {
    throw new Error(`${label}: there is no modelTopology in it.`);
  }
  checkNoGraph(label, topology);
  const json = ((topology as JsonObject)['model_config'] ?? topology) as Json;
  const parsed = repairKeras3(typeof json === 'string' ? JSON.parse(json) as Json : json);
  const config = fromPython(parsed) as unknown as LayerConfig;
  if (!config?.className || !config.config) {
    throw new Error(`${label}: the modelTopology has no class_name and config. Got ${show(json).slice(0, 80)}.`);
  }
  if (!classNamed(config.className)) {
    throw new Error(`${label}: the model is of the unknown class ${show(config.className)}. Register it with ` +
        'tf.serialization.registerClass before loading.');
  }
  checkClasses(label, config);
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  const [cls, fromConfig] = classNamed(config.className)!;
  try {
    return freeOnError(() => fromConfig(cls, config.config as serialization.ConfigDict, {}, fast));
  } catch (error) {
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    throw new Error(`${label}: the layers do not make a model: ${error instanceof Error ? error.message : error}`,
        {cause: error});
  }
}

/** Frees what f made when it throws: tfjs-layers leaves initial values behind when a variable cannot be made of them. */
function freeOnError<T>(f: () => T): T {
  const engine = tf.engine();
  let kept: tf.Tensor[] = [];
  engine.startScope('models');
  try {
    const result = f();
    kept = [...engine.state.activeScope.track];
    return result;
  } finally {
    engine.endScope(kept);
  }
}

type ModelClass = serialization.SerializableConstructor<LayersModel>;
type MakeModel = (
  cls: ModelClass, config: serialization.ConfigDict, customObjects: object, fastWeightInit: boolean) => LayersModel;

function classNamed(name: string): [ModelClass, MakeModel] | undefined {
  return tf.serialization.SerializationMap.getMap().classNameMap[name] as unknown as
      [ModelClass, MakeModel] | undefined;
}

/** Finds a class that nobody registered, before any layer is made. */
function checkClasses(label: string, {config}: LayerConfig, around = ''): void {
  const parts = Array.isArray(config) ? config : config['layers'] ?? [config['layer']];
  for (const part of parts as (LayerConfig | undefined)[]) {
    if (!part?.className) continue;
    const path = `${around}${part.config?.['name'] ?? part.name ?? part.className}`;
    if (!classNamed(part.className)) {
      throw new Error(`${label}: the layer '${path}' is of the unknown class ${show(part.className)}. Register it with ` +
          'tf.serialization.registerClass before loading.');
    }
    if (part.config) checkClasses(label, part, `${path}/`);
  }
}
