import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../../src';
import type {Kind, Loaded, Saved} from './contract';
import {builtInLoss} from './net';

const PLACE = 'indexeddb://tfjs-explicit-layers/digits';

/** Keeps a net, with the state of its optimiser, in the browser; the one kept before goes. */
export async function keep(net: LayersModel, step: number, kind: Kind): Promise<Saved> {
  net.setUserDefinedMetadata({step, kind});
  await models.save(net, PLACE, {functions: builtInLoss});
  return (await kept())!;
}

/** What is kept; null where nothing is. */
export async function kept(): Promise<Saved | null> {
  const found = (await tf.io.listModels())[PLACE];
  return found ? {date: new Date(found.dateSaved)} : null;
}

/** @throws If nothing is kept. */
export async function fetchKept(): Promise<Loaded & {net: LayersModel}> {
  if (!await kept()) throw new Error('There is no saved net in this browser. Save one first.');
  const net = await models.load(PLACE, {functions: builtInLoss});
  return {net, ...net.getUserDefinedMetadata() as Loaded};
}
