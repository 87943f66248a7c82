import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';
import {layers as builtIn} from '@tensorflow/tfjs-layers';

import {axesOf} from '../geometry';
import type {DataFormat} from '../geometry';
import {show, showShape} from '../validate';
import {checkConvertible} from './conversion';
import {successorOf} from './fully_convolutional/successor';
import type {Meaning, Use} from './fully_convolutional/meaning';
import {allLayers, callArgsOf, isInput, isModel, isSequential, nodesOf} from './graph';
import type {Layer} from './graph';
import {failingAs} from './io/errors';
import {copyState, freeWeights, sameLayer} from './layer_copy';
import {applyRow, emptyLike, graphLike} from './rebuild';
import type {Sizes} from './rebuild';

/** Options of {@link toFullyConvolutional}. */
export interface ToFullyConvolutionalOptions {
  /**
   * The shape of an image without the batch, as in [384, 384, 3]; null where any size should do. By default height and
   * width are open.
   */
  inputShape?: readonly (number | null)[];
}

/**
 * The same model for images of any size that is at least the original's: Flatten and Dense become convolutions with the
 * same weights in another shape, so that one pass over a large image gives what the original gives on each of its crops.
 * Flatten of 7x7x512 and Dense of K = 4096 become one with F = 7, P = 0, S = 1; the Dense layers after it one with F = 1
 * each.
 *
 * An output [N, C] becomes a map [N, Ho, Wo, C] (or [N, C, Ho, Wo] where the model's images are channels first), at the
 * original's own size [N, 1, 1, C] with the same values. On larger images the values are those of the crops where the
 * network pads nowhere; with padding they differ near the crops' borders, since what the crop sees as zeros are the
 * neighbouring pixels.
 *
 * What worked on the last axis works on the channels: batch and layer norm, softmax as an activation and as a layer. A
 * batch norm between Flatten and Dense, which has another scale for each place in the window, goes into the
 * convolution's weights as inference uses it. Names and trainable flags are kept, and the kinds of layers: built-in
 * Dense becomes built-in Conv2D, ours becomes ours. The model given is not changed; the new one is not compiled.
 *
 * @param model Sequential or functional, also with models in it
 * @throws With the layer's name, where a layer after Flatten has no counterpart on maps; on an inputShape that is smaller
 * than the original's or has other channels; on an unknown option. Nothing is left behind then.
 *
 * Source: the course notes (docs/from_the_notes.md), on converting FC layers to CONV layers.
 *
 * ```js
 * const onLarge = models.toFullyConvolutional(model, {inputShape: [384, 384, 3]});
 * const scores = onLarge.predict(pictures);  // [N, 6, 6, 1000] of a network for 224x224 that reduces by 32
 * ```
 */
export function toFullyConvolutional(model: LayersModel, options: ToFullyConvolutionalOptions = {}): LayersModel {
  const op = 'toFullyConvolutional';
  checkConvertible(op, model, options, ['inputShape']);
  const dataFormat = dataFormatOf(op, model);
  const shapes = inputShapes(op, model, options?.inputShape ?? null, dataFormat);
  return failingAs(op, () => new Conversion(dataFormat).run(model, shapes));
}

/** One format for the whole model: that of its windows, else Flatten's. */
function dataFormatOf(op: string, model: LayersModel): DataFormat {
  const places = allLayers(model).filter(({layer}) => layer.getConfig()['dataFormat'] != null);
  const windows = places.filter(({layer}) => layer.getClassName() !== 'Flatten');
  const deciding = windows.length > 0 ? windows : places;
  const formats = new Set(deciding.map(({layer}) => layer.getConfig()['dataFormat'] as DataFormat));
  if (formats.size > 1) {
    throw new Error(`${op}: the layers of '${model.name}' must have one dataFormat. Got both channelsLast and ` +
        'channelsFirst. Give all of them the same.');
  }
  return [...formats][0] ?? 'channelsLast';
}

function inputShapes(op: string, model: LayersModel, wanted: unknown, dataFormat: DataFormat): Sizes[] {
  const {height, width, channels} = axesOf(dataFormat);
  const images = model.inputs.filter(({shape}) => shape.length === 4);
  if (images.length === 0) {
    throw new Error(`${op}: '${model.name}' must take images. Its inputs are ` +
        `${model.inputs.map(({shape}) => showShape(shape)).join(', ')}. Pass a model of images [N, H, W, C].`);
  }
  if (wanted === null) return model.inputs.map(({shape}) => opened(shape as Sizes, dataFormat));
  const old = images[0]!.shape as Sizes;
  const isSize = (size: unknown) => size === null || (Number.isInteger(size) && (size as number) > 0);
  if (images.length > 1 || !Array.isArray(wanted) || wanted.length !== 3 || !wanted.every(isSize)) {
    throw new Error(`${op}: inputShape must be the three sizes of the model's only image input, the batch left out. Got ` +
        `${show(wanted)} for ${images.length} image input${images.length === 1 ? '' : 's'}. ` +
        'Write it as in [64, 64, 3], or leave it out.');
  }
  const shape = [old[0]!, ...wanted as Sizes];
  const fits = [height, width].every((axis) => shape[axis] === null || shape[axis]! >= (old[axis] ?? 0));
  if (shape[channels] !== old[channels] || !fits) {
    throw new Error(`${op}: inputShape must have ${old[channels]} channels and be at least as large as the original's ` +
        `${showShape(old.slice(1))}. Got ${show(wanted)}. Leave it out for images of any size.`);
  }
  return model.inputs.map((input) => (input.shape.length === 4 ? shape : input.shape as Sizes));
}

/** A converted model, and what its outputs stand for. */
interface Converted {
  model: LayersModel;
  meanings: Meaning[];
}

/** What stands for a layer, and what its outputs stand for. */
interface Made {
  row: Layer[];
  meanings: Meaning[];
}

class Conversion {
  private readonly made: Layer[] = [];
  private readonly setters: (() => void)[] = [];
  /** What stands for a layer, with what went into it: a shared layer has one successor. */
  private readonly known = new Map<Layer, Made & {inputs: string}>();

  constructor(private readonly dataFormat: DataFormat) {}

  run(model: LayersModel, shapes: Sizes[]): LayersModel {
    try {
      return this.whole(model, shapes);
    } catch (error) {
      freeWeights(this.made);
      throw error;
    }
  }

  private whole(model: LayersModel, shapes: Sizes[]): LayersModel {
    const {model: converted, meanings} = this.convert(model, shapes, model.inputs.map(() => ({kind: 'same'})));
    const flat = meanings.findIndex(({kind}) => kind === 'flattened');
    if (flat >= 0) {
      throw new Error(`the output '${model.outputs[flat]!.sourceLayer.name}' is flattened, with no dense layer after it, ` +
          'so it has no size on a larger image. Take the layers before it.');
    }
    this.setters.forEach((set) => set());
    return converted;
  }

  private convert(model: LayersModel, shapes: Sizes[], inputs: Meaning[]): Converted {
    const converted = isSequential(model) ? this.sequential(model, shapes[0]!, inputs) :
      this.functional(model, shapes, inputs);
    this.setters.unshift(() => {
      if (converted.model.trainable !== model.trainable) converted.model.trainable = model.trainable;
    });
    return converted;
  }

  private sequential(model: LayersModel, shape: Sizes, inputs: Meaning[]): Converted {
    const converted = emptyLike(model);
    let meanings = inputs;
    for (const layer of model.layers) {
      if (isInput(layer)) continue;
      const isFirst = converted.layers.length === 0;
      const into = isFirst ? shape : opened(converted.outputs[0]!.shape as Sizes, this.dataFormat);
      const next = this.successor(layer, meanings, [layer.inboundNodes[0]!.inputTensors[0]!.shape as Sizes], [into]);
      naming(layer, () => next.row.forEach((part) => {
        if (converted.layers.length === 0 && !isModel(part)) part.batchInputShape = shape;
        converted.add(part);
      }));
      meanings = next.meanings;
    }
    if (converted.layers.length === 0) converted.add(builtIn.inputLayer({batchInputShape: shape}));
    if (model.built) converted.build();
    return {model: converted, meanings};
  }

  private functional(model: LayersModel, shapes: Sizes[], inputs: Meaning[]): Converted {
    const tensors = new Map<SymbolicTensor, {tensor: SymbolicTensor, meaning: Meaning}>();
    const moved = (list: SymbolicTensor[]) => list.map((tensor) => tensors.get(tensor)!);
    for (const node of nodesOf(model)) {
      const layer = node.outboundLayer;
      if (node.inboundLayers.length === 0) {
        const i = model.inputs.indexOf(node.outputTensors[0]!);
        const input = sameLayer(layer, {batchInputShape: shapes[i]!});
        tensors.set(node.outputTensors[0]!, {tensor: input.inboundNodes[0]!.outputTensors[0]!, meaning: inputs[i]!});
        continue;
      }
      const into = moved(node.inputTensors);
      const old = node.inputTensors.map(({shape}) => shape as Sizes);
      const next = this.successor(layer, into.map(({meaning}) => meaning), old,
          into.map(({tensor}) => opened(tensor.shape as Sizes, this.dataFormat)));
      const outputs = naming(layer, () => applyRow(next.row, into.map(({tensor}) => tensor), callArgsOf(node)));
      node.outputTensors.forEach((tensor, i) => tensors.set(tensor, {
        tensor: outputs[i]!, meaning: next.meanings[i] ?? next.meanings[0]!,
      }));
    }
    const ends = moved(model.outputs);
    return {
      model: graphLike(model, moved(model.inputs).map(({tensor}) => tensor), ends.map(({tensor}) => tensor)),
      meanings: ends.map(({meaning}) => meaning),
    };
  }

  /**
   * What stands for a layer or a model inside, made once.
   * @param shapes of its inputs in the old model
   * @param newShapes of those of a model in the new one
   */
  private successor(layer: Layer, inputs: Meaning[], shapes: Sizes[], newShapes: Sizes[]): Made {
    const key = JSON.stringify(inputs.map(({...meaning}) => ({...meaning, norms: 0})));
    const known = this.known.get(layer);
    if (known && known.inputs === key) return known;
    if (known) {
      throw new Error(`the layer '${layer.name}' is shared between places that become different layers. Give each its ` +
          'own.');
    }
    const made = isModel(layer) ? this.inner(layer, inputs, newShapes) :
      this.plain({layer, inputs, shapes, dataFormat: this.dataFormat});
    this.known.set(layer, {inputs: key, ...made});
    return made;
  }

  private plain(use: Use): Made {
    const successor = successorOf(use);
    const {layer} = use;
    successor.row.forEach((part) => part.setFastWeightInitDuringBuild(true));
    this.made.push(...successor.row);
    this.setters.push(successor.setWeights ?? (() => {
      const copy = successor.row.find(({name}) => name === layer.name);
      if (copy) copyState(layer, copy);
    }));
    return {row: successor.row, meanings: [successor.meaning]};
  }

  private inner(model: LayersModel, inputs: Meaning[], shapes: Sizes[]): Made {
    const {model: converted, meanings} = this.convert(model, shapes, inputs);
    return {row: [converted], meanings};
  }
}

/** The shape with height and width open, since a model inside may be used on several sizes. */
function opened(shape: Sizes, dataFormat: DataFormat): Sizes {
  const {height, width} = axesOf(dataFormat);
  return shape.length !== 4 ? shape : shape.map((size, axis) => (axis === height || axis === width ? null : size));
}

/** Says of an error which layer it came from. */
function naming<T>(layer: Layer, f: () => T): T {
  return failingAs(`the layer '${layer.name}' (${layer.getClassName()})`, f);
}
