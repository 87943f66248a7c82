import type {Variable} from '@tensorflow/tfjs-core';

import {flagValues} from '../tfjs_private';
import {sameState, stateOf} from './optimizers';
import {canBeFed} from './session';
import type {Recording} from './types';

/**
 * Notes, right after a recording was made, what it took for granted and can be looked at again before each call.
 * @returns whether that still holds
 */
export function guardsOf(recording: Recording): () => boolean {
  const flags = Object.entries(flagValues() ?? {});
  const variables = variablesOf(recording).map(variable => ({variable, trainable: variable.trainable}));
  const optimizers = recording.updates.map(({optimizer}) => ({optimizer, state: stateOf(optimizer)}));
  return () => {
    const now = flagValues() ?? {};
    return flags.every(([name, value]) => Object.is(now[name], value)) &&
        variables.every(({variable, trainable}) => variable.trainable === trainable) &&
        optimizers.every(({optimizer, state}) => sameState(state, stateOf(optimizer))) && canBeFed(recording);
  };
}

function variablesOf({operations, assigned}: Recording): Variable[] {
  const found = new Set(assigned.map(({variable}) => variable));
  for (const {inputs} of operations) {
    for (const input of inputs) {
      if (input.kind === 'fed' && input.leaf.kind === 'variable') found.add(input.leaf.variable);
    }
  }
  return [...found];
}
