import type {Recording, Value} from './types';

/** What comes of a step: what it returns, then what it assigns. */
export function resultsOf({outputs, assigned}: Recording): Value[] {
  return [...outputs, ...assigned.map(({value}) => value)];
}

/** The inputs of all operations, then the results. */
export function valuesOf(recording: Recording): Value[] {
  return [...recording.operations.flatMap(({inputs}) => inputs), ...resultsOf(recording)];
}

/** A copy with other values in the places of inputs and results. */
export function withValues(recording: Recording, change: (value: Value) => Value): Recording {
  return {
    ...recording,
    operations: recording.operations.map(operation => ({...operation, inputs: operation.inputs.map(change)})),
    outputs: recording.outputs.map(change),
    assigned: recording.assigned.map(({variable, value}) => ({variable, value: change(value)})),
  };
}

/** A recording without the operations that none of its results needs, renumbered. */
export function withoutUnused(recording: Recording): Recording {
  const needed = new Set<number>();
  const visit = resultsOf(recording);
  while (visit.length > 0) {
    const value = visit.pop()!;
    if (value.kind !== 'output' || needed.has(value.operation)) continue;
    needed.add(value.operation);
    visit.push(...recording.operations[value.operation]!.inputs);
  }
  const kept = [...needed].sort((a, b) => a - b);
  const newNumber = new Map(kept.map((operation, i) => [operation, i]));
  return withValues({...recording, operations: kept.map(i => recording.operations[i]!)}, value =>
    value.kind === 'output' ? {...value, operation: newNumber.get(value.operation)!} : value);
}
