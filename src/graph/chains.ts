import type {Tensor} from '@tensorflow/tfjs-core';

import type {GraphBackend, NodeAttribute} from '../tfjs_private';
import {resultsOf, withoutUnused, withValues} from './recording';
import type {Operation, OperationOutput, Recording, Value} from './types';

/** What a step of a chain can be, in the order of `native/chain.cc`. */
const OPERATIONS: readonly string[][] =
    [['Add', 'AddV2'], ['Sub'], ['Mul'], ['RealDiv'], ['Maximum'], ['Sqrt'], ['Square'], ['Abs']];
/** Steps of a chain up to which another may join it: what it works on is to stay in the nearest cache. */
const LONGEST = 64;

/**
 * The same step with elementwise operations that feed each other in one pass over memory, an optimizer's update of a
 * variable first of all: `native/chain.cc`.
 */
export function chained(recording: Recording, backend: GraphBackend): Recording {
  return withoutUnused(new Chains(recording, backend).run());
}

/** Whether TensorFlow has the op: tries it on a one. */
export function hasChains(backend: GraphBackend, one: Tensor): boolean {
  const twice = {operations: [{operation: 0, operands: [0, 0]}], results: [1]};
  return backend.executeSingleOutput('ExplicitChain', attributesOf(1, twice, backend), [one]).dataSync()[0] === 2;
}

/** Operations that become one. */
interface Chain {
  /** Their numbers, the last one first. */
  members: number[];
  /** The axes of all of them. */
  size: string;
  /** Whether no other operation reads what they make: it is for the results alone. */
  isEnd: boolean;
}

/** A chain as `native/chain.cc` runs it: operands and results are inputs and, after these, what earlier steps made. */
interface Program {
  operations: Array<{operation: number, operands: number[]}>;
  results: number[];
}

class Chains {
  private readonly chainOf = new Map<number, Chain>();
  private readonly readers: number[][];
  private readonly results: ReadonlySet<number>;

  constructor(private readonly recording: Recording, private readonly backend: GraphBackend) {
    this.readers = recording.operations.map(() => []);
    recording.operations.forEach(({inputs}, reader) => inputs.forEach(input => {
      if (input.kind === 'output') this.readers[input.operation]!.push(reader);
    }));
    this.results = new Set(resultsOf(recording).flatMap(value => value.kind === 'output' ? [value.operation] : []));
  }

  run(): Recording {
    const {operations} = this.recording;
    for (let i = operations.length - 1; i >= 0; --i) this.add(i);
    this.joinEnds();
    const made = [...operations];
    const now = new Map<number, OperationOutput>();
    for (const chain of new Set(this.chainOf.values())) {
      if (chain.members.length > 1) this.replace(chain, made, now);
    }
    return withValues({...this.recording, operations: made}, value =>
      value.kind === 'output' ? now.get(value.operation) ?? value : value);
  }

  /**
   * Puts an operation into the chain of its readers, or starts one. Nothing outside then depends on one member and is
   * needed by another: only the last one is read elsewhere, or, at the end of everything, none.
   */
  private add(at: number): void {
    if (!this.isElementwise(at)) return;
    const size = this.sizeOf(at);
    const readers = this.readers[at]!;
    const chains = [...new Set(readers.map(reader => this.chainOf.get(reader)))];
    const fits = chains.every(chain => chain?.size === size && (chains.length === 1 || chain.isEnd));
    const steps = chains.reduce((sum, chain) => sum + (chain?.members.length ?? 0), 1);
    if (chains.length === 0 || !fits || steps > LONGEST) {
      this.chainOf.set(at, {members: [at], size, isEnd: readers.length === 0});
    } else {
      const chain = this.join(chains as Chain[]);
      chain.members.push(at);
      this.chainOf.set(at, chain);
    }
  }

  private join([first, ...others]: Chain[]): Chain {
    for (const {members} of others) {
      first!.members.push(...members);
      for (const member of members) this.chainOf.set(member, first!);
    }
    return first!;
  }

  /** Chains that nothing depends on, and that read the same, become one. */
  private joinEnds(): void {
    const readBy = new Map<string, Chain>();
    for (const [at, chain] of [...this.chainOf]) {
      for (const input of this.recording.operations[at]!.inputs) {
        const own = this.chainOf.get(at)!;
        if (!chain.isEnd || input.kind !== 'output' || shapeOf(input, this.recording).length === 0) continue;
        const key = `${input.operation} ${input.output} ${own.size}`;
        const other = readBy.get(key);
        if (other === undefined || other === own) readBy.set(key, own);
        else if (other.members.length + own.members.length <= LONGEST) readBy.set(key, this.join([other, own]));
      }
    }
  }

  private replace({members}: Chain, operations: Operation[], now: Map<number, OperationOutput>): void {
    const inOrder = [...members].sort((a, b) => a - b);
    const last = inOrder.at(-1)!;
    const isMember = new Set(members);
    const inputs = [...new Map(inOrder.flatMap(i => this.recording.operations[i]!.inputs)
        .filter(input => input.kind !== 'output' || !isMember.has(input.operation))
        .map(input => [keyOf(input), input] as const))];
    const places = new Map<unknown, number>(inputs.map(([key], i) => [key, i]));
    inOrder.forEach((member, i) => places.set(keyOf({kind: 'output', operation: member, output: 0}), inputs.length + i));
    const isRead = (i: number) => this.results.has(i) || this.readers[i]!.some(reader => !isMember.has(reader));
    const results = inOrder.filter(isRead);
    const program: Program = {
      operations: inOrder.map(i => {
        const {name, inputs} = this.recording.operations[i]!;
        return {operation: numberOf(name), operands: inputs.map(input => places.get(keyOf(input))!)};
      }),
      results: results.map(i => places.get(keyOf({kind: 'output', operation: i, output: 0}))!),
    };
    operations[last] = {
      name: 'ExplicitChain', inputs: inputs.map(([, input]) => input),
      attributes: attributesOf(inputs.length, program, this.backend),
      shapes: results.map(i => this.recording.operations[i]!.shapes[0]!), scopes: this.recording.operations[last]!.scopes,
    };
    results.forEach((i, output) => now.set(i, {kind: 'output', operation: last, output}));
  }

  /** Whether each entry of the result comes from the same entries of the inputs, and from numbers for all. */
  private isElementwise(at: number): boolean {
    const {name, attributes, inputs} = this.recording.operations[at]!;
    const isFloat = attributes.some(({name, value}) => name === 'T' && value === this.backend.binding.TF_FLOAT);
    const size = this.sizeOf(at);
    return numberOf(name) >= 0 && isFloat && size !== '' && inputs.every(input => {
      const shape = shapeOf(input, this.recording);
      return shape.length === 0 || `${shape}` === size;
    });
  }

  private sizeOf(at: number): string {
    return `${this.recording.operations[at]!.shapes[0]}`;
  }
}

const numberOf = (name: string): number => OPERATIONS.findIndex(names => names.includes(name));

const keyOf = (value: Value): unknown => value.kind === 'output' ? `${value.operation} ${value.output}` : value;

const shapeOf = (value: Value, {operations}: Recording): readonly number[] =>
  value.kind === 'output' ? operations[value.operation]!.shapes[value.output]! : value.shape;

function attributesOf(inputs: number, {operations, results}: Program, {binding}: GraphBackend): NodeAttribute[] {
  const steps = operations.flatMap(({operation, operands}) => [operation, operands[0]!, operands.at(-1)!]);
  return [
    {name: 'N', type: binding.TF_ATTR_INT as number, value: inputs},
    {name: 'M', type: binding.TF_ATTR_INT as number, value: results.length},
    {name: 'sizes', type: binding.TF_ATTR_INT as number, value: [...steps, ...results]},
  ];
}
