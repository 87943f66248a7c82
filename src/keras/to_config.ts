import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {classOf, configOf, isExplicit} from '../catalogue';
import {callArgsOf, isInput, isModel, isSequential, isTimeDistributed, nodesOf} from '../models/graph';
import type {Layer, LayerNode} from '../models/graph';
import {kerasClassOf} from '../models/io/tree';
import {isFrozen} from '../layers/keep_frozen';
import {forcedTraining} from '../models/training_mode';
import {kerasObject} from '../topology/dialect';
import type {Generation, JsonObject} from '../topology/dialect';
import {checkSameMeaning, kerasArg, layerTable} from '../topology/layer_table';
import {partToKeras} from '../topology/parts';
import {show} from '../validate';

/**
 * The configuration of a model as Keras writes it.
 * @throws Naming the layer, if Keras has none that computes the same.
 */
export function modelToKeras(op: string, model: LayersModel, generation: Generation): JsonObject {
  return new ToKeras(op, generation).model(model, []);
}

class ToKeras {
  constructor(private readonly op: string, private readonly generation: Generation) {}

  model(model: LayersModel, around: Layer[]): JsonObject {
    const inside = [...around, model];
    const frozen = isFrozen(model, around);
    if (isSequential(model)) {
      const config = {name: model.name, trainable: !frozen, layers: this.row(model, inside)};
      return kerasObject(this.generation, 'keras', 'Sequential', config);
    }
    const config = {name: model.name, trainable: !frozen, ...this.graph(model, inside)};
    return this.generation === 2 ? {class_name: 'Functional', config} : {
      module: 'keras.src.models.functional', class_name: 'Functional', config, registered_name: 'Functional',
    };
  }

  /** A row of layers begins with what comes in: Keras needs it to make the weights. */
  private row(model: LayersModel, around: Layer[]): JsonObject[] {
    const layers = model.layers.map((layer) => this.layer(layer, around));
    return isInput(model.layers[0]!) ? layers : [this.input(model.inputs[0]!), ...layers];
  }

  private layer(layer: Layer, around: Layer[]): JsonObject {
    const label = this.label(layer, around);
    if (layer.name.includes('/')) throw new Error(`${label}: Keras takes no '/' in names. Rename the layer.`);
    if (isModel(layer)) return this.model(layer, around);
    if (isInput(layer)) return this.input(layer.inboundNodes[0]!.outputTensors[0]!);
    const common = {name: layer.name, trainable: !isFrozen(layer, around), dtype: 'float32'};
    if (isTimeDistributed(layer)) {
      const inside = this.layer(layer.layer, [...around, layer]);
      const config = {...common, layer: {module: 'keras.layers', registered_name: null, ...inside}};
      return kerasObject(this.generation, 'keras.layers', 'TimeDistributed', config);
    }
    const className = classOf(layer);
    const entry = layerTable[className];
    if (!entry) {
      throw new Error(`${label}: a Keras file cannot hold this class: Keras has none of that name and meaning. Replace the ` +
          'layer.');
    }
    const config = configOf(layer) as JsonObject;
    checkSameMeaning(label, className, config);
    const known = [...entry.args, ...isExplicit(layer) ? entry.more ?? [] : []];
    const args = known.filter((arg) => config[arg] !== undefined).map((arg) => [
      kerasArg(className, arg, this.generation), partToKeras(label, arg, config[arg], this.generation),
    ]);
    return kerasObject(
        this.generation, 'keras.layers', kerasClassOf(layer), {...common, ...Object.fromEntries(args) as JsonObject});
  }

  private input({shape, dtype, sourceLayer}: SymbolicTensor): JsonObject {
    const shapeName = this.generation === 3 ? 'batch_shape' : 'batch_input_shape';
    const config = {[shapeName]: shape, dtype, sparse: false, name: sourceLayer.name};
    return kerasObject(this.generation, 'keras.layers', 'InputLayer', config);
  }

  private graph(model: LayersModel, around: Layer[]): JsonObject {
    const nodes = nodesOf(model);
    const index = indexNodes(nodes);
    const references = (tensors: SymbolicTensor[]) => tensors.map((tensor) => this.reference(tensor, index, true));
    return {
      layers: model.layers.map((layer) => ({
        ...this.layer(layer, around), name: layer.name,
        inbound_nodes: nodes.filter((node) => node.outboundLayer === layer && node.inboundLayers.length > 0)
            .map((node) => this.node(node, index, this.label(layer, around))),
      })),
      input_layers: references(model.inputs),
      output_layers: references(model.outputs),
    };
  }

  private node(node: LayerNode, index: NodeIndex, label: string): unknown {
    const kwargs = callArgsOf(node);
    const unknown = Object.keys(kwargs).filter((name) => name !== 'training');
    if (unknown.length > 0) {
      throw new Error(`${label}: it is called with ${show(unknown)}, which a Keras file cannot hold. Leave it out.`);
    }
    if (this.generation === 3 && forcedTraining(node.outboundLayer) !== null) {
      throw new Error(`${label}: it is called with training=${show(forcedTraining(node.outboundLayer))}, which Keras 3 ` +
          "takes no notice of. Use the format 'h5' for tf_keras.");
    }
    if (this.generation === 2) return node.inputTensors.map((tensor) => [...this.reference(tensor, index, true), kwargs]);
    const tensors = node.inputTensors.map((tensor) => ({
      class_name: '__keras_tensor__',
      config: {shape: tensor.shape, dtype: tensor.dtype, keras_history: this.reference(tensor, index, false)},
    }));
    return {args: tensors.length === 1 ? tensors : [tensors], kwargs};
  }

  /**
   * Which call of which layer a tensor comes from. Keras 2 counts a model's own graph as its first call; Keras 3 does so
   * for functional models where a model's inputs and outputs are named, and nowhere else.
   */
  private reference(tensor: SymbolicTensor, index: NodeIndex, atEnds: boolean): [string, number, number] {
    const {sourceLayer, nodeIndex, tensorIndex} = tensor;
    const call = index.get(sourceLayer.inboundNodes[nodeIndex]!)!;
    const first = isModel(sourceLayer) && atEnds && (this.generation === 2 || !isSequential(sourceLayer)) ? 1 : 0;
    return [sourceLayer.name, first + call, tensorIndex];
  }

  private label(layer: Layer, around: Layer[]): string {
    const path = [...around.slice(1), layer].map(({name}) => name).join('/');
    return `${this.op}: layer '${path}' (${layer.getClassName()})`;
  }
}

type NodeIndex = Map<LayerNode, number>;

/** Numbers the calls of each layer within a model. */
function indexNodes(nodes: LayerNode[]): NodeIndex {
  const calls = new Map<Layer, number>();
  return new Map(nodes.map((node) => {
    const call = calls.get(node.outboundLayer) ?? 0;
    calls.set(node.outboundLayer, call + 1);
    return [node, call];
  }));
}
