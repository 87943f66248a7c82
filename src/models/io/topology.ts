import {isObject} from '../../topology/dialect';
import type {Generation} from '../../topology/dialect';
import {topologyFromKeras} from '../../topology/from_config';
import type {Topology} from '../../topology/from_config';
import {show} from '../../validate';
import {checkNoGraph} from '../graph';
import {checkGraphs} from '../../topology/calls';
import type {TfjsLayer} from '../../topology/calls';
import {fromPython} from './python_names';

/**
 * Reads the topology of a model.json: tfjs's own, or one that Keras 3 or tf_keras wrote and the official converter passed
 * on, which goes the way of Keras's own files.
 *
 * @throws If it is no topology of layers, if its graph does not hold together, or if Keras computes what no layer here does.
 */
export function readTopology(label: string, given: unknown): Topology {
  checkNoGraph(label, given);
  if (!isObject(given)) {
    throw new Error(`${label}: there is no modelTopology in it. Save the model again, or name its model.json.`);
  }
  const json = given['model_config'] ?? given;
  const config: unknown = typeof json === 'string' ? JSON.parse(json) : json;
  const major = writtenBy(given['keras_version'] ?? (config as {keras_version?: unknown} | null)?.keras_version, config);
  return major === 'tfjs' ? ownTopology(label, config) : kerasTopology(label, config, major);
}

/** Reads the configuration of a model that Keras wrote. */
export function kerasTopology(label: string, config: unknown, major: Generation): Topology {
  const topology = topologyFromKeras(label, config, major);
  checkGraphs(label, topology.layer);
  return topology;
}

function ownTopology(label: string, config: unknown): Topology {
  const layer = fromPython(config) as TfjsLayer | null;
  if (!layer?.className || !layer.config) {
    throw new Error(`${label}: the modelTopology has no class_name and config. Got ${show(config).slice(0, 80)}. Save the ` +
        'model again, or name its model.json.');
  }
  checkGraphs(label, layer);
  return {layer, frozenModels: [], kerasClasses: new Map(), training: new Map(), notes: []};
}

/** Who wrote a topology: the version says it, or else the form, of which tfjs's own and that of Keras 2 are one. */
function writtenBy(version: unknown, config: unknown): 'tfjs' | Generation {
  const major = /^\d+/.exec(String(version ?? ''))?.[0];
  if (major !== undefined) return Number(major) >= 3 ? 3 : 2;
  return isKeras3(config) ? 3 : 'tfjs';
}

/** Keras 3 says of each class which module it is from. */
function isKeras3(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isKeras3);
  if (!isObject(value)) return false;
  const {class_name: className, module} = value;
  if (className === '__keras_tensor__' || (typeof className === 'string' && typeof module === 'string')) return true;
  return Object.values(value).some(isKeras3);
}
