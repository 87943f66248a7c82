import type {GraphBinding, NodeAttribute} from '../tfjs_private';
import {sameLeaf} from './compare';
import type {Message, Messages} from './messages';
import {resultsOf} from './recording';
import type {Constant, Fed, Leaf, Recording, Value} from './types';

/** A recording as TensorFlow's SavedModel, and the names under which it is fed and read. */
export interface GraphDefinition {
  savedModel: Uint8Array;
  feeds: Array<{leaf: Leaf, name: string}>;
  /** Of each output, then of each assigned variable. */
  fetches: string[];
  /** Ops of the step, without constants and feeds. */
  ops: number;
}

/** The version of graphs that TensorFlow 2 writes and reads. */
const PRODUCER = 1500;
/**
 * A model with this tag is loaded without TensorFlow's own rewriting (`native/graph.cc`): that rounds in another way, and
 * made predict of tf.layers' MobileNetV2 15 times slower. The stock addon rewrites nevertheless.
 */
export const AS_WRITTEN = 'as_written';
/** Bytes of a constant up to which equal ones become one node. */
const LARGEST_SHARED = 64;

/** Writes a recording as a graph. */
export function graphDefinition(recording: Recording, binding: GraphBinding, messages: Messages): GraphDefinition {
  return new Writer(binding, messages).write(recording);
}

/** What setters call an attribute's value, by what the addon calls its type; lists of these have setters too. */
const fields = {TF_ATTR_INT: 'I', TF_ATTR_FLOAT: 'F', TF_ATTR_BOOL: 'B', TF_ATTR_TYPE: 'Type'};

class Writer {
  private readonly nodes: Message[] = [];
  private readonly names = new Map<Value, string>();
  private readonly feeds: GraphDefinition['feeds'] = [];
  private readonly constants = new Map<string, string>();

  constructor(private readonly binding: GraphBinding, private readonly messages: Messages) {}

  write(recording: Recording): GraphDefinition {
    const {operations} = recording;
    operations.forEach(({name, inputs, attributes}, i) => this.addNode(
        `op${i}`, name, inputs.map(input => this.nameOf(input)),
        Object.fromEntries(attributes.map(attribute => [attribute.name, this.attribute(attribute)]))));
    const fetches = resultsOf(recording).map((value, i) => this.addResult(`result${i}`, value));
    return {savedModel: this.savedModel(), feeds: this.feeds, fetches, ops: operations.length};
  }

  private savedModel(): Uint8Array {
    const {GraphDef, MetaGraphDef, SavedModel, VersionDef} = this.messages;
    const versions = made(VersionDef, {setProducer: PRODUCER});
    const metaGraph = made(MetaGraphDef, {
      setMetaInfoDef: made(MetaGraphDef.MetaInfoDef, {addTags: AS_WRITTEN}),
      setGraphDef: made(GraphDef, {setNodeList: this.nodes, setVersions: versions}),
    });
    return made(SavedModel, {setSavedModelSchemaVersion: 1, addMetaGraphs: metaGraph}).serializeBinary();
  }

  /** What is fed or constant cannot be fetched by its own name: TensorFlow wants a node in between. */
  private addResult(name: string, value: Value): string {
    const own = this.nameOf(value);
    return value.kind === 'output' ? own : this.addNode(name, 'Identity', [own], {T: this.value('Type', value.dtype)});
  }

  /** Adds a node; the name of its first output. */
  private addNode(name: string, op: string, inputs: string[], attributes: {[name: string]: Message}): string {
    const node = made(this.messages.NodeDef, {setName: name, setOp: op, setInputList: inputs});
    for (const [attribute, value] of Object.entries(attributes)) node.getAttrMap().set(attribute, value);
    this.nodes.push(node);
    return `${name}:0`;
  }

  private nameOf(value: Value): string {
    if (value.kind === 'output') return `op${value.operation}:${value.output}`;
    let name = this.names.get(value);
    if (name === undefined) {
      name = value.kind === 'fed' ? this.feed(value) : this.constant(value);
      this.names.set(value, name);
    }
    return name;
  }

  private feed({leaf, shape, dtype}: Fed): string {
    const found = this.feeds.find(feed => sameLeaf(feed.leaf, leaf));
    if (found) return found.name;
    const attributes = {dtype: this.value('Type', dtype), shape: this.value('Shape', this.shape(shape))};
    const name = this.addNode(`feed${this.feeds.length}`, 'Placeholder', [], attributes);
    this.feeds.push({leaf, name});
    return name;
  }

  private constant({shape, dtype, bytes}: Constant): string {
    const key = bytes.length <= LARGEST_SHARED ? `${dtype} ${shape} ${bytes}` : null;
    const found = key === null ? undefined : this.constants.get(key);
    if (found !== undefined) return found;
    const tensor = made(this.messages.Tensor, {setDtype: dtype, setTensorShape: this.shape(shape), setTensorContent: bytes});
    const attributes = {dtype: this.value('Type', dtype), value: this.value('Tensor', tensor)};
    const name = this.addNode(`constant${this.nodes.length}`, 'Const', [], attributes);
    if (key !== null) this.constants.set(key, name);
    return name;
  }

  private value(field: string, value: unknown): Message {
    return made(this.messages.AttrValue, {[`set${field}`]: value});
  }

  private shape(sizes: readonly number[]): Message {
    const {TensorShape} = this.messages;
    return made(TensorShape, {setDimList: sizes.map(size => made(TensorShape.Dim, {setSize: size}))});
  }

  private attribute({name, type, value}: NodeAttribute): Message {
    const {binding, messages: {AttrValue}} = this;
    const isList = Array.isArray(value);
    if (type === binding.TF_ATTR_SHAPE) return this.value('Shape', this.shape(value as number[]));
    if (type === binding.TF_ATTR_STRING && !isList) return this.value('S', new TextEncoder().encode(String(value)));
    const [, field] = Object.entries(fields).find(([constant]) => binding[constant] === type) ?? [];
    if (!field) throw new Error(`the attribute ${name} is ${isList ? 'a list ' : ''}of a kind that a graph does not take`);
    if (isList) return this.value('List', made(AttrValue.ListValue, {[`set${field}List`]: value}));
    return this.value(field, field === 'B' ? Boolean(value) : Number(value));
  }
}

/** A message on which these setters were called with these values. */
function made<M extends Message>(kind: new() => M, values: {[setter: `${'set' | 'add'}${string}`]: unknown}): M {
  const message = new kind();
  for (const [setter, value] of Object.entries(values)) message[setter as `set${string}`](value);
  return message;
}
