import * as tf from '@tensorflow/tfjs-core';
import {LayersModel} from '@tensorflow/tfjs-layers';

import {remedy} from '../one_core';
import {textTable} from '../text_table';
import {checkOptions, show} from '../validate';
import {checkModel, checkNoGraph, isInput, pathOf} from './graph';
import type {Layer} from './graph';
import {rebuild} from './rebuild';
import type {Place, Sizes} from './rebuild';
import type {ConvertedLayer} from '../topology/converted_layer';
import {trainsHere} from './trains';
import type {LayerInPlace} from './trains';

export type {ConvertedLayer} from '../topology/converted_layer';

/** A layer that stayed what it was. */
export interface KeptLayer {
  /** Its name, after those of the models and wrappers around it. */
  name: string;
  className: string;
  /** Why it stayed. */
  reason: string;
  /** Whether it trains on the backend that is current when the report is asked for: tried on a small copy. */
  trains: boolean;
}

/** What {@link toExplicit} or {@link toBuiltIn} did to a model; `String(report)` is a table. */
export interface ConversionReport {
  converted: ConvertedLayer[];
  kept: KeptLayer[];
  toString(): string;
}

/** What a conversion makes of one layer: layers in a row with a note, or the reason why it stays. */
export type Verdict = {row: Layer[], note?: string} | {keep: string} | 'as it is';

/** What a conversion did, before anybody asks. */
interface Findings {
  converted: ConvertedLayer[];
  kept: (Omit<KeptLayer, 'trains'> & {place: LayerInPlace})[];
}

const findings = new WeakMap<LayersModel, Findings>();

/**
 * What the conversion that made this model did: which layers it replaced and which it left, with the reason, and whether
 * those train on the current backend.
 *
 * @param model what {@link toExplicit} or {@link toBuiltIn} returned
 * @throws If the model came from elsewhere.
 *
 * ```js
 * const model = models.toExplicit(original);
 * console.log(String(models.conversionReport(model)));
 * ```
 */
export function conversionReport(model: LayersModel): ConversionReport {
  const found = findings.get(model);
  if (!found) {
    throw new Error('conversionReport: the model must come from models.toExplicit or models.toBuiltIn. ' +
        `Got ${model instanceof Object && 'name' in model ? `'${model.name}'` : show(model)}. Pass what one of these returned.`);
  }
  const kept = found.kept.map(({place, ...layer}) => ({...layer, trains: trainsHere(place)}));
  return {converted: found.converted, kept, toString: () => format(found.converted, kept)};
}

/** Adds to the report of a model what became of layers when its file was read. */
export function fileNotes(model: LayersModel, notes: readonly ConvertedLayer[]): void {
  const found = findings.get(model) ?? {converted: [], kept: []};
  if (notes.length > 0) findings.set(model, {...found, converted: [...notes, ...found.converted]});
}

/** Rebuilds the model by the verdict on each layer and files the report. */
export function convert(model: LayersModel, judge: (place: Place) => Verdict): LayersModel {
  const converted: ConvertedLayer[] = [];
  const kept: Findings['kept'] = [];
  const rebuilt = rebuild(model, (place) => {
    const {layer} = place;
    if (isInput(layer)) return null;
    const name = pathOf(place);
    const verdict = judge(place);
    if (verdict === 'as it is') return null;
    const from = layer.getClassName();
    if ('keep' in verdict) {
      kept.push({name, className: from, reason: verdict.keep, place: {layer, shapes: shapesInto(place)}});
      return null;
    }
    const to = verdict.row.map((part) => part.getClassName()).join(' + ');
    converted.push({name, from, to, note: verdict.note ?? ''});
    return verdict.row;
  });
  findings.set(rebuilt, {converted, kept});
  return rebuilt;
}

/** Of all that goes into a layer where it is first used. */
function shapesInto({layer, inputShapes}: Place): Sizes[] {
  const [node] = layer.inboundNodes;
  return node && node.inputTensors.length > 1 ? node.inputTensors.map(({shape}) => shape as Sizes) : inputShapes.slice(0, 1);
}

function format(converted: ConvertedLayer[], kept: KeptLayer[]): string {
  return textTable([{title: 'Layer'}, {title: 'Was'}, {title: 'Is'}], [
    ...converted.map(({name, from, to, note}) => [name, from, note ? `${to}: ${note}` : to]),
    ...kept.map(({name, className, reason, trains}) =>
      [name, className, `stays: ${reason}${trains ? '' : `; does not train on ${tf.getBackend()}`}`]),
  ]);
}

/** Refuses what is not a model or not built, and unknown options. */
export function checkConvertible(
    op: string, model: unknown, options: unknown, known: readonly string[]): asserts model is LayersModel {
  checkNoGraph(op, model);
  checkModel(op, model);
  if (!(model instanceof LayersModel)) {
    throw new Error(`${op}: the model was made by another copy of @tensorflow/tfjs-layers. ${remedy('layers')}`);
  }
  if (model.layers.length === 0) {
    throw new Error(`${op}: the model '${model.name}' has no layers yet. Add some first.`);
  }
  checkOptions(op, options, known);
}
