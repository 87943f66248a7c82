import {LayersModel} from '@tensorflow/tfjs-layers';

import {remedy} from '../one_core';
import {textTable} from '../text_table';
import {checkOptions, show} from '../validate';
import {isInput, isModel, pathOf} from './graph';
import type {Layer} from './graph';
import {checkNoGraph} from './graph_model';
import {rebuild} from './rebuild';
import type {Place} from './rebuild';

/** What became of a layer. */
export interface ConvertedLayer {
  /** Its name, after those of the models and wrappers around it: 'encoder/conv1'. */
  name: string;
  /** The class it had. */
  from: string;
  /** The class that stands for it now. */
  to: string;
  /** What a user should know about it; empty where there is nothing. */
  note: string;
}

/** A layer that stayed what it was. */
export interface KeptLayer {
  /** Its name, after those of the models and wrappers around it. */
  name: string;
  className: string;
  /** Why it stayed. */
  reason: string;
}

/** What {@link toExplicit} or {@link toBuiltIn} did to a model; `String(report)` is a table. */
export interface ConversionReport {
  converted: ConvertedLayer[];
  kept: KeptLayer[];
  toString(): string;
}

/** What a conversion makes of one layer: layers in a row with a note, or the reason why it stays. */
export type Verdict = {row: Layer[], note?: string} | {keep: string} | 'as it is';

const reports = new WeakMap<LayersModel, ConversionReport>();

/**
 * What the conversion that made this model did: which layers it replaced and which it left, with the reason.
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
  const report = reports.get(model);
  if (!report) {
    throw new Error('conversionReport: the model must come from models.toExplicit or models.toBuiltIn. ' +
        `Got ${model instanceof Object && 'name' in model ? `'${model.name}'` : show(model)}.`);
  }
  return report;
}

/** Rebuilds the model by the verdict on each layer and files the report. */
export function convert(model: LayersModel, judge: (place: Place) => Verdict): LayersModel {
  const converted: ConvertedLayer[] = [];
  const kept: KeptLayer[] = [];
  const rebuilt = rebuild(model, (place) => {
    const {layer} = place;
    if (isInput(layer)) return null;
    const name = pathOf(place);
    const verdict = judge(place);
    if (verdict === 'as it is') return null;
    const from = layer.getClassName();
    if ('keep' in verdict) {
      kept.push({name, className: from, reason: verdict.keep});
      return null;
    }
    const to = verdict.row.map((part) => part.getClassName()).join(' + ');
    converted.push({name, from, to, note: verdict.note ?? ''});
    return verdict.row;
  });
  reports.set(rebuilt, {converted, kept, toString: () => format(converted, kept)});
  return rebuilt;
}

function format(converted: ConvertedLayer[], kept: KeptLayer[]): string {
  return textTable([{title: 'Layer'}, {title: 'Was'}, {title: 'Is'}], [
    ...converted.map(({name, from, to}) => [name, from, to]),
    ...kept.map(({name, className, reason}) => [name, className, `stays: ${reason}`]),
  ]);
}

/** Refuses what is no model or not built, and unknown options. */
export function checkConvertible(
    op: string, model: unknown, options: unknown, known: readonly string[]): asserts model is LayersModel {
  checkNoGraph(op, model);
  if (!(model instanceof Object) || !isModel(model as Layer)) {
    throw new Error(`${op}: model must be a tf.Sequential or a tf.LayersModel. Got ${show(model)}.`);
  }
  if (!(model instanceof LayersModel)) {
    throw new Error(`${op}: the model was made by another copy of @tensorflow/tfjs-layers. ${remedy('layers')}`);
  }
  if (model.layers.length === 0) {
    throw new Error(`${op}: the model '${model.name}' has no layers yet. Add some first.`);
  }
  checkOptions(op, options, known);
}
