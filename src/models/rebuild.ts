import type {LayersModel, Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import type {Sizes} from '../catalogue';
import {asTensors, callArgsOf, isModel, isSequential, isTimeDistributed, nodesOf, oneOrMany} from './graph';
import type {Layer, LayerPlace, WrapperLayer} from './graph';
import {copyTraining} from './training_mode';
import {copyState, freeWeights, sameLayer} from './layer_copy';

export type {Sizes} from '../catalogue';

/** A layer to be replaced, and what comes to it, use by use. */
export interface Place extends LayerPlace {
  inputShapes: Sizes[];
}

/** The layers that stand for a layer, in a row; null for a copy of it. The one with the weights has its name. */
export type Replace = (place: Place) => Layer[] | null;

/**
 * The same model with other layers. Sequential stays sequential, models inside stay models, shared layers stay shared,
 * names stay. The weights begin on the data of the first; neither is changed by what happens to the other.
 *
 * @throws If a layer cannot be rebuilt; then nothing is left behind.
 */
export function rebuild(model: LayersModel, replace: Replace): LayersModel {
  return new Rebuild(replace).run(model);
}

class Rebuild {
  /** What stands for a layer, made once, so that what is shared stays shared, between models too. */
  private readonly rows = new Map<Layer, Layer[]>();
  private readonly made: Layer[] = [];

  constructor(private readonly replace: Replace) {}

  run(model: LayersModel): LayersModel {
    try {
      const rebuilt = this.model(model, []);
      this.copyStates(model, rebuilt);
      return rebuilt;
    } catch (error) {
      freeWeights(this.made);
      throw error;
    }
  }

  private model(model: LayersModel, around: Layer[]): LayersModel {
    const rebuilt = isSequential(model) ? this.sequential(model, around) : this.functional(model, around);
    const metadata = model.getUserDefinedMetadata() as ReturnType<LayersModel['getUserDefinedMetadata']> | undefined;
    if (metadata) rebuilt.setUserDefinedMetadata(metadata);
    return rebuilt;
  }

  private sequential(model: LayersModel, around: Layer[]): LayersModel {
    const rebuilt = emptyLike(model);
    for (const layer of model.layers) this.row(layer, around).forEach((next) => rebuilt.add(next));
    if (model.built) rebuilt.build();
    return rebuilt;
  }

  private functional(model: LayersModel, around: Layer[]): LayersModel {
    const tensors = new Map<SymbolicTensor, SymbolicTensor>();
    const moved = (list: SymbolicTensor[]) => list.map((tensor) => tensors.get(tensor)!);
    for (const node of nodesOf(model)) {
      const row = this.row(node.outboundLayer, around);
      const outputs = node.inboundLayers.length === 0 ? row[0]!.inboundNodes[0]!.outputTensors :
        applyRow(row, moved(node.inputTensors), callArgsOf(node));
      node.outputTensors.forEach((tensor, i) => tensors.set(tensor, outputs[i]!));
    }
    // An input that nothing reads is no part of any call.
    for (const input of model.inputs.filter((one) => !tensors.has(one))) {
      tensors.set(input, this.row(input.sourceLayer, around)[0]!.inboundNodes[0]!.outputTensors[0]!);
    }
    return graphLike(model, moved(model.inputs), moved(model.outputs));
  }

  private row(layer: Layer, around: Layer[], inputShapes = inputShapesOf(layer)): Layer[] {
    const row = this.rows.get(layer) ?? this.newRow(layer, around, inputShapes);
    this.rows.set(layer, row);
    return row;
  }

  private newRow(layer: Layer, around: Layer[], inputShapes: Sizes[]): Layer[] {
    if (isModel(layer)) return [this.model(layer, [...around, layer])];
    const row = isTimeDistributed(layer) ? this.wrapped(layer, around, inputShapes) :
      this.replace({layer, around, inputShapes}) ?? [sameLayer(layer)];
    row.forEach((next) => next.setFastWeightInitDuringBuild(true));  // the weights are set right after
    this.made.push(...row);
    return row;
  }

  /** A wrapper around each layer of the row that stands for the one inside. */
  private wrapped(wrapper: WrapperLayer, around: Layer[], inputShapes: Sizes[]): Layer[] {
    const perStep = inputShapes.map(([batch, , ...sizes]) => [batch!, ...sizes]);
    const inside = this.row(wrapper.layer, [...around, wrapper], perStep);
    const {layer: _, batchInputShape, ...config} = wrapper.getConfig();
    const cls = wrapper.constructor as new (args: object) => Layer;
    return inside.map((part, i) => new cls({
      ...config, ...(i === 0 && batchInputShape ? {batchInputShape} : {}), layer: part,
      name: part.name === wrapper.layer.name ? wrapper.name : `${wrapper.name}_${part.name}`,
    }));
  }

  private copyStates(model: LayersModel, rebuilt: LayersModel): void {
    if (rebuilt.trainable !== model.trainable) rebuilt.trainable = model.trainable;
    for (const layer of model.layers) {
      const inside = isTimeDistributed(layer) ? layer.layer : layer;
      const row = this.rows.get(inside)!;
      for (const next of row) copyTraining(inside, next);
      if (isModel(inside)) this.copyStates(inside, row[0] as LayersModel);
      else copyState(inside, row.find(({name}) => name === inside.name)!);
    }
  }
}

/** A Sequential of the same class and name, without layers. */
export function emptyLike(model: LayersModel): Sequential {
  const cls = model.constructor as new (args: {name: string}) => Sequential;
  return new cls({name: model.name});
}

/** A functional model of the same class and name. */
export function graphLike(model: LayersModel, inputs: SymbolicTensor[], outputs: SymbolicTensor[]): LayersModel {
  const cls = model.constructor as new (args: ConstructorParameters<typeof LayersModel>[0]) => LayersModel;
  return new cls({inputs, outputs, name: model.name});
}

/** Calls layers one after the other, the last one with the arguments. */
export function applyRow(row: Layer[], inputs: SymbolicTensor[], callArgs: {[name: string]: unknown}): SymbolicTensor[] {
  return row.reduce((tensors, layer, i) => asTensors(
      layer.apply(oneOrMany(tensors), i === row.length - 1 ? callArgs : {})), inputs);
}

function inputShapesOf(layer: Layer): Sizes[] {
  return layer.inboundNodes.map((node) => (node.inputTensors[0]?.shape ?? []) as Sizes);
}
